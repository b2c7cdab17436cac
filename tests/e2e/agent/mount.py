"""Makes the content of a mount, changes it, and tells everything that can be seen of it."""

import hashlib
import os
import socket
import sys

FILE, DIRECTORY, SYMLINK = 0o10, 0o4, 0o12


def write(path, data, mode=0o644):
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, mode)


def fill():
    os.mkdir("a")
    write("a/large", os.urandom(3_000_000))
    write("a/program", b"x", 0o4755)
    write("a/empty", b"")
    os.mkdir("secret")
    write("secret/file", b"x", 0o400)
    os.chmod("secret", 0o500)
    write(b"name \xff\n", b"x")
    os.symlink("a/large", "symbolic")
    os.mkfifo("pipe")
    socket.socket(socket.AF_UNIX).bind("socket")
    os.link("a/program", "a/linked")
    os.setxattr("a/empty", "user.x", b"\0\xff")
    # Version 2, effective: to open raw sockets.
    os.setxattr("a/program", "security.capability", bytes([1, 0, 0, 2, 0, 32] + [0] * 14))
    with open("holes", "wb") as file:
        file.seek(1 << 33)
        file.write(b"end")
        file.truncate(1 << 34)
    os.chown("a", 50_000, 4_000_000_000)
    os.utime("a", ns=(1, 1234567890123456789))


def change():
    os.link("a/large", "0")
    os.link("a/large", "a/z")
    os.remove("symbolic")
    os.remove("a/linked")
    write("a/new", b"new")
    os.utime("a/large", ns=(1, 5))
    os.chmod("secret", 0o700)


def fill_many():
    """Everything of `fill`, and 100,000 small files of many owners."""
    fill()
    os.mkdir("many")
    for directory in range(1000):
        place = f"many/{directory}"
        os.mkdir(place)
        for number in range(100):
            file = os.open(f"{place}/{number}", os.O_CREAT | os.O_WRONLY, 0o600 | number % 64)
            os.write(file, b"%d %d" % (directory, number))
            os.close(file)
        owner = directory * 4_000_000
        os.chown(f"{place}/0", owner, 4_000_000_000 - owner)
        os.chmod(f"{place}/1", 0o6755 - directory % 8)
        os.symlink(b"../\xff/" + b"%d" % directory, f"{place}/soft")
        os.link(f"{place}/2", f"{place}/hard")
        os.utime(f"{place}/3", ns=(1, 10**18 + directory))
        if directory % 100 == 0:
            os.setxattr(f"{place}/4", "user.number", b"%d" % directory)
            os.chmod(place, 0o555)


def change_many():
    """Everything of `change`, and something in every tenth directory of the many."""
    change()
    for directory in range(5, 1000, 10):
        place = f"many/{directory}"
        os.remove(f"{place}/5")
        os.link(f"{place}/6", f"{place}/to a lower layer")
        os.chown(f"{place}/7", 1, 2)
        os.utime(f"{place}/8", ns=(1, 1))
        write(f"{place}/9", b"changed", 0o4711)
        os.rename(f"{place}/10", f"many/{directory}-moved")
        os.remove(f"{place}/soft")
        os.mkdir(f"{place}/soft")
        os.mkdir(f"many/{directory}-new", 0o500)


def pieces(path, size):
    """Where the data of a file are, and what they are."""
    file, at = os.open(path, os.O_RDONLY), 0
    while at < size:
        try:
            at = os.lseek(file, at, os.SEEK_DATA)
        except OSError:
            break
        end = os.lseek(file, at, os.SEEK_HOLE)
        yield at, hashlib.md5(os.pread(file, end - at, at)).hexdigest()
        at = end
    os.close(file)


def describe(path, first):
    stat = os.lstat(path)
    kind = stat.st_mode >> 12
    more = []
    if kind == SYMLINK:
        more.append(os.readlink(path))
    if kind in (FILE, DIRECTORY):
        more += [(name, os.getxattr(path, name)) for name in sorted(os.listxattr(path))]
    if kind == FILE:
        more += pieces(path, stat.st_size)
        if stat.st_nlink > 1:
            more.append(first.setdefault(stat.st_ino, path))
    return path, oct(stat.st_mode), stat.st_uid, stat.st_gid, stat.st_size, stat.st_mtime_ns, more


def look():
    paths = [b"."]
    for directory, directories, files in os.walk(b"."):
        paths += [os.path.join(directory, name) for name in directories + files]
    first = {}
    return "".join(f"{describe(path, first)!r}\n" for path in sorted(paths))


what, where, to = sys.argv[1:]
os.chdir(where)
result = globals()[what]()
with open(to, "w") as file:
    file.write(result or "")

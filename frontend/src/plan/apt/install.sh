#!/bin/sh
# Installs packages of Debian or Ubuntu, and leaves nothing behind but them.
#
#   install.sh [--recommends] [--epoch SECONDS] [--snapshot TIME MIRROR]
#              [--source NAME | --passing-source NAME]... -- PACKAGE...
#
# Needs what these distributions always have: dash, coreutils, findutils, sed, grep. Lists and archives are where
# the configuration says that APT_CONFIG names: in the mount.
set -eu

SOURCES=/dev/strake/sources

# Files that only tell how the step went, that a run of the same tool makes again, or that are locks. What the
# image had of them stays as it was.
each_trace() {
	for file in /var/log/apt/* /var/log/dpkg.log /var/log/alternatives.log /var/log/fontconfig.log \
		/var/cache/ldconfig/aux-cache /var/cache/debconf/*-old /var/lib/dpkg/*-old \
		/var/lib/dpkg/lock* /var/lib/dpkg/triggers/Lock; do
		[ ! -f "$file" ] || "$1" "$file"
	done
	# An image is for many machines: machine-id(5) wants the file missing or empty then. A random one would
	# also make every build another image; where nobody asked for equal images, tools may count on it.
	[ -n "$epoch" ] || return 0
	for file in /etc/machine-id /var/lib/dbus/machine-id; do
		[ ! -f "$file" ] || "$1" "$file"
	done
}

save() {
	mkdir -p "$work/traces${1%/*}"
	cp -a "$1" "$work/traces$1"
}

put_back() {
	if [ ! -e "$work/traces$1" ]; then
		rm -f "$1"
	elif ! cmp -s "$work/traces$1" "$1"; then
		cp -a "$work/traces$1" "$1"
	elif [ "$1" -nt "$work/traces$1" ]; then
		touch -r "$work/traces$1" "$1"
	fi
}

# Every file of the image with what a layer keeps of it, sorted; mounts are left out. With a time (seconds since
# 1970), directories that were written to since then are left out, too. The size of a directory means nothing.
list_files() {
	since=$1
	set --
	while read -r _ _ _ _ point _; do
		case $point in
		/) continue ;;
		*[][*?\\]*) point=$(printf '%b' "$point" | sed 's/[][*?\\]/\\&/g') ;;
		esac
		set -- "$@" -path "$point" -prune -o
	done </proc/self/mountinfo
	[ -z "$since" ] || set -- "$@" -type d -newermt "@$since" -o
	find / "$@" -type d -printf '%y %m %U %G - %T@ %p\0' -o -printf '%y %m %U %G %s %T@ %p\0' | LC_ALL=C sort -z
}

# Files that tools like to write anew with what was in them already. Too many of them for the room in memory would
# only mean that some count as changed.
save_settings() {
	mkdir -p "$work/settings/var/lib/dpkg"
	cp -a /etc "$work/settings/" 2>/dev/null || true
	for file in /var/lib/dpkg/*; do
		[ "${file##*/}" = info ] || cp -a "$file" "$work/settings/var/lib/dpkg/" 2>/dev/null || true
	done
}

# Gives what the step changed, and only that, the time of the epoch.
set_times() {
	find "$work/settings" -type f | while read -r saved; do
		file=${saved#"$work/settings"}
		if [ "$file" -nt "$saved" ] && cmp -s "$file" "$saved"; then touch -r "$saved" "$file"; fi
	done
	list_files '' >"$work/after"
	LC_ALL=C comm -z -13 "$work/before" "$work/after" | LC_ALL=C sed -z 's/^[^/]*//' |
		xargs -0r touch -h -d "@$epoch" --
}

# The archives of Debian and of Ubuntu as they were, wherever the image has them from. Others stay.
at_snapshot() {
	debian=${mirror:-http://snapshot.debian.org/archive}
	ubuntu=${mirror:-http://snapshot.ubuntu.com}
	before='[a-z][a-z0-9+]*://[^[:space:]]+'
	sed -E -e "s#$before/(debian|debian-security)/*([[:space:]]|\$)#$debian/\\1/$snapshot/\\2#g" \
		-e "s#$before/ubuntu(-ports)?/*([[:space:]]|\$)#$ubuntu/ubuntu/$snapshot/\\2#g"
}

# The sources of the image and of the layer, as they are used in this step.
collect_sources() {
	mkdir "$work/parts"
	found=
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
		/etc/apt/sources.list.d/*.sources "$work"/passing/*.sources; do
		[ -f "$file" ] || continue
		used=$work/parts/${file##*/}
		[ "$file" != /etc/apt/sources.list ] || used=$work/sources.list
		if [ -n "$snapshot" ]; then
			at_snapshot <"$file" >"$used"
			cmp -s "$file" "$used" || found=yes
		else
			cp "$file" "$used"
		fi
	done
	[ -z "$snapshot" ] || [ -n "$found" ] || fail 'no source of this image is an archive of Debian or Ubuntu,' \
		'so there is no snapshot of it'
}

# add_source NAME DIRECTORY-OF-SOURCES DIRECTORY-OF-KEYS
add_source() {
	install -D -m 0644 "$SOURCES/$1.sources" "$2/$1.sources"
	[ -f "$SOURCES/$1.key" ] || return 0
	# apt tells the two forms of a key by the name.
	key=$3/$1.gpg
	! grep -aq '^-----BEGIN PGP' "$SOURCES/$1.key" || key=$3/$1.asc
	install -D -m 0644 "$SOURCES/$1.key" "$key"
	echo "Signed-By: $key" >>"$2/$1.sources"
}

# Of an archive that is there, apt looks at the size alone: whatever else the mount has must go.
check_archives() {
	install_packages --print-uris -qq -o Acquire::ForceHash=SHA256 -o Dir::Cache::archives="$work/none/" "$@" \
		>"$work/uris"
	while read -r _ archive _ hash; do
		[ -f "$archives$archive" ] || continue
		echo "${hash#SHA256:}  $archives$archive" | sha256sum --check --status 2>/dev/null ||
			rm -f "$archives$archive"
	done <"$work/uris"
}

install_packages() {
	apt_get install --yes "$recommends" "$@"
}

# Options of the command line count for more than the image's own settings. The official images have no index of
# all packages, which saves space where it stays; here it saves reading the lists anew for each command. A step
# that fails is done anew, so nothing need be safe on the disk before it is done.
apt_get() {
	[ -z "$snapshot" ] || set -- -o Acquire::Check-Valid-Until=false "$@"
	apt-get -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts="$work/parts" \
		-o Dir::Cache::pkgcache=pkgcache.bin -o Dir::Cache::srcpkgcache=srcpkgcache.bin \
		-o APT::Update::Error-Mode=any -o Acquire::Retries=3 -o Dpkg::Use-Pty=false \
		-o DPkg::Options::=--force-unsafe-io "$@"
}

# An index is of one step: apt takes it for good where sizes and times of files are the same, and with an epoch
# all times are.
drop_index() {
	rm -f "${cache}pkgcache.bin" "${cache}srcpkgcache.bin"
}

fail() {
	echo "apt: $*" >&2
	exit 1
}

epoch='' snapshot='' mirror='' recommends=--no-install-recommends
umask 022
command -v apt-get >/dev/null || fail 'there is no apt-get in this image: is it of Debian or Ubuntu?'
[ "$(id -u)" = 0 ] || fail 'packages are installed by root, and the layer has another `user`'
work=$(mktemp -d /dev/strake/apt.XXXXXX)
chmod 0755 "$work"
export DEBIAN_FRONTEND="${DEBIAN_FRONTEND:-noninteractive}"

if [ "${1:-}" = --epoch ]; then
	export SOURCE_DATE_EPOCH="$2"
	epoch=$2
	shift 2
	# The runtime makes directories for mounts before the step begins, so times are compared with its start.
	list_files "$(stat -c %Y /dev/pts)" >"$work/before"
	save_settings
fi
while [ "$1" != -- ]; do
	case $1 in
	--recommends) recommends=--install-recommends ;;
	--snapshot)
		snapshot=$2 mirror=$3
		shift 2
		;;
	--source)
		add_source "$2" /etc/apt/sources.list.d /etc/apt/keyrings
		shift
		;;
	--passing-source)
		add_source "$2" "$work/passing" "$work/passing"
		shift
		;;
	*) fail "no such option: $1" ;;
	esac
	shift
done
shift

directories=$(apt-config shell cache Dir::Cache/d archives Dir::Cache::archives/d)
eval "$directories"
each_trace save
collect_sources
drop_index
apt_get update
check_archives "$@"
install_packages "$@"
drop_index
each_trace put_back
[ -z "$epoch" ] || set_times
rm -rf "$work"

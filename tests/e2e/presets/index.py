"""Makes an index of Python packages with two packages in a directory."""

import hashlib
import os
import sys
import zipfile

for name in ("alpha", "beta"):
    directory = os.path.join(sys.argv[1], name)
    wheel = f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": f"NAME = '{name}'\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    os.makedirs(directory)
    with zipfile.ZipFile(os.path.join(directory, wheel), "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    with open(os.path.join(directory, wheel), "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    with open(os.path.join(directory, "index.html"), "w") as page:
        page.write(f'<a href="{wheel}#sha256={digest}">{wheel}</a>\n')

PIP_NO_CACHE_DIR=1 pip install x; pip install y
#!
export PIP_NO_CACHE_DIR=1; pip install x
#!
A=1; npm ci; export A; npm ci; A=2; npm ci
#!
PATH=/opt/bin:$PATH; npm ci
#!
export A=1 B="2 3" C; D=4; npm ci
#!
export A=1; unset A HOME; npm ci
#!
export A=1; env -u A B=2 npm ci
#!
if x; then export A=1; fi; npm ci
#!
(export A=1; npm ci); npm ci
#!
export A=1; sh -c 'B=2; npm ci; export B; echo "$A"; C=3 sh -c "npm ci"'
#!
A=1; sh -c 'echo $A'
#!
set -a; A=1; set +a; B=1; npm ci
#!
set -o allexport; . ./env; A=1; npm ci
#!
declare -x A=1; declare B=1; readonly C=1; typeset D; npm ci
#!
export "$X"; npm ci
#!
export A=~/x; npm ci
#!
export $(cat env | xargs) && npm ci
#!
cd /src && make; make install
#!
cd src; cd ../lib; make; cd; make; cd -; make
#!
(cd /src; make); make
#!
test -d x && cd x; make
#!
cd x || exit 1; make
#!
cd "$X"; make; cd /y; make
#!
for d in a b; do cd $d; make; cd ..; done; make
#!
for d in a b; do (cd $d && make); done; make
#!
pushd /x; make; popd; make
#!
cd -P /x/../y//z/.; make
#!
if cd /x; then make; fi; make
#!
cd /x | cat; cd /y & make
#!
unset HOME; HOME=/x; npm ci; sh -c 'npm ci; echo $HOME'; export HOME; npm ci
#!
A=1; x && export A; npm ci; echo $A; A=2; npm ci; y && unset HOME; HOME=/z; npm ci

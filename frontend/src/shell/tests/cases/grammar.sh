make
#!
make -j 4; make install
#!
make & wait
#!
dmesg | grep -v x |& sort || true
#!
# a comment; not a command
make # another; one
#!
make\
 all \
  && ma\
ke install
#!
(cd src; make) && { make check; make install; }
#!
if [ -f a ]; then b; elif [[ -n $X && ( $Y =~ ^(a|b)$ || -f c ) ]]; then d; else e; fi > log
#!
for f in *.c lib/?.[ch]; do cc -c "$f"; done
#!
for f do x; done
for f; do x; done
for f
do x
done
#!
for ((i = 0; i < 3; i++)); do x; done
#!
while read -r line; do
    echo "$line"
done < list.txt
#!
until curl -f http://localhost; do sleep 1; done
#!
case "$(uname -m)" in
    x86_64 | amd64) arch=amd64 ;;
    aarch64) arch=arm64; make arm ;;
    (*) echo "no" >&2; exit 1
esac
#!
case a in esac; case b in b) ;; esac
#!
install() { make install; }
function build { make; }
function check() ( make check )
build; install
#!
! grep -q x /etc/passwd
#!
time make; time -p make; /usr/bin/time -v make
#!
(( i++ )) && [[ a == b* ]] && make
#!
a=(x "y z" $(list))
a+=(w); a[1]=z; declare -A m=([k]=v)
echo "${a[@]}"
#!
make >out 2>&1 </dev/null 3<>both >>more >|over &>all &>>all2 2>&- {fd}>other
#!
make <<< "y" > >(tee log) < <(yes)
#!
diff <(sort a) <(sort b)
#!
echo if then else fi do done { } ! esac in
#!
x=1 y=2
#!
echo a;
echo b &
echo c
#!
if a; then
#!
a && && b
#!
a ;; b
#!
"unclosed
#!
echo )
#!
{ a; } b
#!
$( a
#!
for 1+1 in a; do b; done
#!
((a) && b)
#!
echo $((1 + (2 * $(three)))) "$(( $x ? `y` : 2 ))"
#!
coproc make
#!
alias pip=pip3; pip install x
#!
!(a|b)
#!
[ -f x ] || [ "$y" = z ] && make
#!
'a'b"c"\d e\ f
#!
""

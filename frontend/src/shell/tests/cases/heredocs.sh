cat <<EOF
$(a) and `b` $HOME ${X:-$(c)} \$(d) "e" 'f'
EOF
g
#!
cat <<'EOF' > /etc/x
$(a) `b`
EOF
c
#!
cat <<-EOF && b
	text
	EOF
c
#!
a <<A; b <<"B"
1
A
2
B
c
#!
cat <<\E\OF | sort
a
EOF
#!
cat <<EOF
a \
EOF
b
EOF
c
#!
cat <<'EOF'
a \
EOF
b
#!
if a; then cat <<EOF; fi
text
EOF
b
#!
(cat <<EOF)
text
EOF
#!
x=$(cat <<EOF
text $(a)
EOF
)
b
#!
x=$(cat <<EOF); b
EOF
#!
bash -e <<'EOF'
a && b
c "$X"
EOF
d
#!
bash <<EOF
a $X
EOF
#!
sudo -u app bash -s <<'EOF'
a
EOF
#!
python3 - <<'EOF'
import os; os.system("pip install x")
EOF
#!
cat <<EOF
never closed
#!
cat <<''
a

b
#!
cat <<"E F"
a
E F
b
#!
cat <<$X
a
$X
#!
cat <<EOF "$(a
b)"
text
EOF
#!
set -e
pip install -r requirements.txt
if [ "$DEBUG" = 1 ]; then
  pip install debugpy
fi
#!
sh <<< 'a; b'

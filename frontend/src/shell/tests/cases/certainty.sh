a && b && c
#!
a && b; c
#!
a || b
#!
a || b && c
#!
a && b || c
#!
a; b && c || true; d
#!
(a && b) && c
#!
(a && b) || c
#!
{ a && b; }; c
#!
{ a && b; }
#!
! a && b
#!
a | b && c | d
#!
(a && b) | c; c | (a && b)
#!
if a; then b; fi; c
#!
if a && b; then c; elif d; then e; else f; fi
#!
while a; do b; done; c
#!
for x in 1 2; do a; b && c; done; d
#!
for x in $X; do a; done
#!
for x in 1 2; do a || continue; b; done; c
#!
for x in 1 2; do a; if b; then break; fi; c; done; d
#!
case x in a) b;; esac; c
#!
f() { a; }; f; b
#!
f() { a || exit 0; }; b; f; c
#!
a || exit 0; b
#!
a || exit 1; b
#!
a || exit; b
#!
(a || exit 0; b); c
#!
exit 0; a
#!
exec a; b
#!
exec > log 2>&1; a
#!
a & b
#!
x=$(a); echo $(b)
#!
sh -c 'a && b'; sh -c 'c && d'
#!
trap 'rm -rf /tmp/x' EXIT; a; trap - INT; trap "$CMD" EXIT; trap '' TERM
#!
set -eux; a; b && c; d
#!
[ -f x ] && a
#!
a && { b; c; } && d

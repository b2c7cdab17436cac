echo '$A' "a\"b\$c\`d\\e\f" \$A $'tab\there\'s' $"text"
#!
echo $HOME "${HOME}/x" ~/x ~ ~other/x a~
#!
echo $UNKNOWN "$UNKNOWN" "${UNKNOWN}/x" ${UNKNOWN:-a b} "${UNKNOWN%%-*}" ${#UNKNOWN} $@ "$@" $? $1 ${1} ${10:-x}
#!
V=1.2.3; echo $V "v$V" v${V}x
#!
V="a b"; echo $V "$V"
#!
V='*'; echo $V "$V"; V=; echo $V "$V"
#!
V=$(cat version); echo $V; V=`cat version`; echo "$V"
#!
rm -rf /var/lib/{apt,dpkg} {} {a} x{1..3}y HEAD@{1} '{a,b}'
#!
rm -rf /tmp/* /var/tmp/?[ab] "/tmp/*" \*
#!
echo $(a $(b "$(c)")) "`d \`e\``"
#!
echo "${X:-$(a)}" ${Y:+`b`} ${Z#'$(c)'} "${Z%'$(c)'}" "${Z:-'$(d)'}"
#!
echo $ a$ "$" $% "a$'b'" $'a\x41' $'\u00e4'
#!
A=$HOME/cache; B=$A/pip; rm -rf "$B" $B/*
#!
A=~/cache; rm -rf $A
#!
if x; then A=1; else A=2; fi; echo $A; if y; then B=1; fi; echo $B
#!
A=1; if x; then A=1; fi; echo $A
#!
A=1; (A=2; echo $A); echo $A | cat; A=3 | cat; echo $A
#!
A=1; for i in 1 2; do echo $A $i; A=2; done; echo $A
#!
A=1; while x; do echo $A; done
#!
A=1; read A B; echo $A
#!
A=1; f() { echo $A; A=2; }; f; echo $A
#!
A=1; unset A; echo $A "$A"
#!
A=1; a && A=2; echo $A; b || A=2; echo $A
#!
A=1 echo $A
#!
A=1; eval "$X"; echo $A
#!
A=1; A+=2; echo $A
#!
A=1; echo $(f() { A=2; }; f; echo $A) "`g() { A=3; }; g; echo $A`"

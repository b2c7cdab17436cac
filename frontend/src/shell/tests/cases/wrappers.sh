sudo apt-get update && sudo -E apt-get install -y curl
#!
sudo -u app -H A=1 npm ci; sudo --user=app npm ci; sudo -uapp npm ci; sudo -u "$U" npm ci; sudo --user app -- npm ci
#!
sudo -E -u app sh -c 'npm ci; id'
#!
sudo; sudo -l; sudo $X npm ci; sudo -i
#!
env A=1 B="$X" npm ci; env -i A=1 npm ci; env - npm ci; env -C /x npm ci; env -S 'A=1 npm ci'; env
#!
env -u A -uB --unset=C npm ci; env -u "$X" npm ci
#!
exec npm ci
#!
command npm ci; command -v npm; command -p npm ci; builtin cd /x && npm ci; \npm ci; 'npm' ci
#!
nice npm ci; nice -n 10 npm ci; ionice -c 3 nice -n10 npm ci; nohup npm ci &
#!
time npm ci; timeout 60 npm ci; timeout -k 5 --signal KILL 60s npm ci; timeout $T npm ci
#!
cat pkgs | xargs apt-get install -y; xargs -a list -r -n 1 -I{} pip install {}; xargs
#!
su app -c 'npm ci && npm test'; su - app -c "npm ci"; su -c 'npm ci'; su -s /bin/bash -c 'npm ci' app; su app -c "npm $X"; su "$U" -c 'npm ci'
#!
runuser -u app -- npm ci; runuser -l app -c 'npm ci'; gosu app npm ci; gosu app:app npm ci; su-exec app npm ci; doas -u app npm ci
#!
sh -c 'npm ci'; bash -lc "npm ci; npm test"; bash -o pipefail -c 'a | b'; sh -c "npm $X"; sh x.sh; sh -c "$X"
#!
sh -c 'sh -c "npm ci"'
#!
sh -c 'if a; then'
#!
/bin/sh -c 'cd /x; npm ci'; npm ci
#!
cd /x && sudo npm ci
#!
A=1 sudo npm ci; A=1 sudo -E npm ci; export B=1; sudo npm ci
#!
eatmydata apt-get install -y curl; stdbuf -oL npm ci; setsid npm ci
#!
/usr/local/bin/npm ci; ./mvnw package; "$M2/bin/mvn" package; $CMD install; "$@"
#!
"npm" "ci"
#!
sudo --preserve-env npm ci; sudo --preserve-env=A npm ci; sudo -i npm ci
#!
npm() { command npm "$@"; }; npm ci

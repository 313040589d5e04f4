#!/bin/sh
# usage: without-programs.sh CMD [ARGS]   runs CMD as on a machine that has Node and little else, e.g. npm test
# The programs and the library below are hidden from CMD only, in a mount namespace; nothing on the machine changes.
# needs: Linux, and root or the right to make user namespaces
set -eu

programs='busctl chromium chromium-browser curl dbus-daemon dbus-run-session dbus-send faketime fish gdbus git
gnome-keyring-daemon google-chrome gpg jq openssl pgrep pkill ps python3 script secret-tool systemctl systemd-analyze
systemd-run wget xdg-open zsh'
library=libsecret-1.so.0

if [ "${1-}" != --inside ]; then
  uid=$(id -u) gid=$(id -g)
  as_root=
  [ "$uid" -eq 0 ] || as_root='--user --map-root-user'
  exec unshare $as_root --mount -- "$0" --inside "$uid" "$gid" "$@"
fi
uid=$2 gid=$3
shift 3

# Where a program or the library may be: each folder of PATH, those that tests name, and the folders of libraries.
folders() {
  echo "$PATH:/usr/bin:/usr/local/bin" | tr : '\n'
  dirname /lib/*/$library /usr/lib/*/$library /lib64/$library /usr/lib64/$library
}
found_in() {
  for name in $programs $library; do
    if [ -f "$1/$name" ] || [ -L "$1/$name" ]; then echo "$1/$name"; fi
  done
}

# In an overlay a file can be removed while the folder below keeps it. Its upper layer must not be an overlay itself.
mount -t tmpfs tmpfs /mnt
n=0
folders | while read -r folder; do
  found=$(found_in "$folder")
  [ -n "$found" ] || continue
  n=$((n + 1))
  mkdir -p "/mnt/$n/upper" "/mnt/$n/work"
  mount -t overlay overlay -o "lowerdir=$folder,upperdir=/mnt/$n/upper,workdir=/mnt/$n/work" "$folder"
  rm $found
done
umount --lazy /mnt

left=$(folders | while read -r folder; do found_in "$folder"; done)
if [ -n "$left" ]; then
  echo "without-programs.sh: could not hide" $left >&2
  exit 125
fi

[ "$uid" -eq 0 ] || exec unshare --user --map-user="$uid" --map-group="$gid" -- "$@"
exec "$@"

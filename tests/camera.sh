#!/usr/bin/env bash
# Scans with real Video4Linux cameras: YUYV, MJPEG and NV12, two at once and of one name, one that stops and comes back, one that is busy, forbidden
# or stuck, and none at all.
#
#     tests/camera.sh [PROGRAM]        (target/debug/hexiao where no program is named)
#
# No hardware is needed. QEMU boots Debian's kernel in software, the module v4l2loopback makes cameras of what ffmpeg plays
# into them, and the program runs on this machine's own files, mounted read-only. It takes some minutes. Where
# the packages for it cannot be had, the test says so and counts as skipped: exit status 0.
set -euo pipefail

cd "$(dirname "$0")/.."
program=$(realpath "${1:-target/debug/hexiao}")
photograph=tests/data/images/qrcode-5/01.webp another=tests/data/images/qrcode-3/01.webp
cache=${HEXIAO_CAMERA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hexiao-camera}
limit=1200 # seconds for the whole run of the virtual machine

text_of() { tr -d '\r\n' <"${1%.webp}.txt"; }
skip() { echo "camera test skipped: $*"; exit 0; }

# --- what is needed: programs, a kernel, and the module that makes cameras, kept in the cache ---------------------------

command -v apt-get >/dev/null || skip "it needs Debian's packages"
mkdir -p "$cache"
needed=(qemu-system-x86 ffmpeg busybox-static cpio kmod make gcc xz-utils)
missing=()
for package in "${needed[@]}"; do dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package"); done
install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >"$cache/apt.log" 2>&1; }
if [ ${#missing[@]} -gt 0 ] || [ ! -e "$cache/kernel" ]; then
  [ "$(id -u)" = 0 ] || skip "only root can install ${missing[*]:-the kernel}"
  apt-get update -q >/dev/null 2>&1 || skip "the package lists cannot be fetched"
  [ ${#missing[@]} -eq 0 ] || install "${missing[@]}" || skip "${missing[*]} cannot be installed; see $cache/apt.log"
fi
if [ ! -e "$cache/kernel" ]; then
  kernel=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: linux-image-//p' | head -n 1)
  [ -n "$kernel" ] || skip "there is no kernel for this machine"
  install "linux-headers-$kernel" || skip "the kernel's headers cannot be installed; see $cache/apt.log"
  rm -rf "$cache/root" "$cache/debs" && mkdir -p "$cache/root" "$cache/debs"
  (cd "$cache/debs" && apt-get download "linux-image-$kernel" v4l2loopback-dkms >/dev/null 2>&1) ||
    skip "the kernel cannot be downloaded"
  for deb in "$cache"/debs/*.deb; do dpkg -x "$deb" "$cache/root"; done
  [ -e "$cache/root/lib" ] || ln -s usr/lib "$cache/root/lib"
  source=$(echo "$cache"/root/usr/src/v4l2loopback-*)
  make -C "/lib/modules/$kernel/build" M="$source" modules >"$cache/make.log" 2>&1 ||
    skip "v4l2loopback cannot be built; see $cache/make.log"
  cp "$source/v4l2loopback.ko" "$cache/"
  depmod -b "$cache/root" "$kernel"
  echo "$kernel" >"$cache/kernel"
fi
kernel=$(cat "$cache/kernel")

# --- what is played: two seconds of a photograph, in each format, and of another one ---------------------------------------

work=$(mktemp -d "$cache/run.XXXXXX")
trap 'rm -rf "$work"' EXIT
film() { # PHOTOGRAPH NAME ENCODING…
  ffmpeg -v error -loop 1 -i "$1" -t 2 -r 15 -vf scale=480:480,pad=640:480:80:0:gray "${@:3}" -f nut "$work/$2.nut"
}
for format in yuyv422 nv12; do film "$photograph" "$format" -c:v rawvideo -pix_fmt "$format"; done
film "$photograph" mjpeg -c:v mjpeg -pix_fmt yuvj422p -q:v 3
film "$another" another -c:v rawvideo -pix_fmt yuyv422

# --- what happens inside ------------------------------------------------------------------------------------------------

cat >"$work/inside" <<INSIDE
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/run TMPDIR=/run XDG_RUNTIME_DIR=/run
program=$(printf %q "$program") work=$(printf %q "$work") module=$(printf %q "$cache/v4l2loopback.ko")
text=$(printf %q "$(text_of "$photograph")") another=$(printf %q "$(text_of "$another")")
INSIDE
cat >>"$work/inside" <<'INSIDE'
failed=0 players= until=
cameras() { # COUNT [NAMES [OPENERS]]: as many fresh cameras, TillCam0 and so on, each for so many programs at once
  [ -z "$players" ] || { kill $players; wait $players; players=; } 2>/dev/null
  /bin/busybox rmmod v4l2loopback 2>/dev/null
  local caps=1 names=TillCam0 n
  for ((n = 1; n < $1; n++)); do caps+=,1 names+=,TillCam$n; done
  [ "$1" = 0 ] || /bin/busybox insmod "$module" devices="$1" exclusive_caps="$caps" card_label="${2:-$names}" max_openers="${3:-10}"
}
play() { # FILM CAMERA [SECONDS]: returns once the camera delivers, which its driver tells by naming a format
  ffmpeg -v error -re -stream_loop -1 -i "$work/$1.nut" ${3:+-t "$3"} -c copy -f v4l2 "/dev/video$2" &
  players+=" $!"
  for _ in {1..60}; do [ -n "$(cat "/sys/class/video4linux/video$2/format")" ] && break; sleep 1; done
}
scan() { # CAMERA SECONDS [AS…]: runs the program, which has to end by itself
  timeout "$(($2 + 60))" "${@:3}" "$program" scan --camera "$1" --seconds "$2" $until --json >/run/out 2>/run/err
  status=$?
}
read_one() { until=--once scan "$@"; } # the same, until a code is read
expect() { # WHAT COMMAND…
  local what=$1; shift
  if "$@"; then echo "ok: $what"; else failed=1; echo "FAILED: $what (status $status)"; head -c 2000 /run/out /run/err; fi
}
read_it() { grep -qF "${1:-$text}" /run/out; }
read_nothing() { ! read_it; }
ended() { [ "$status" != 124 ]; }
said() { grep -qF "$1" /run/err; }

cameras 0
scan 0 5
expect "without a camera it ends and reads nothing" eval 'ended && read_nothing && [ "$status" != 0 ]'
for format in yuyv422 mjpeg nv12; do
  cameras 1; play "$format" 0
  read_one 0 40
  expect "a code is read from a $format camera" eval 'ended && read_it'
done
cameras 2; play yuyv422 1
read_one TillCam1 40
expect "the second of two cameras is found by its name" eval 'ended && read_it'
cameras 2 TillCam,TillCam; play yuyv422 0; play another 1
read_one "TillCam (2)" 60
expect "of two cameras of one name the second is found by its number" eval 'ended && read_it "$another"'
cameras 1 TillCam 2; play yuyv422 0
exec 9<>/dev/video0
scan 0 5
expect "a busy camera is told" eval 'ended && read_nothing && said "another program is using the camera"'
exec 9>&-
read_one 0 40
expect "and is free again afterwards" eval 'ended && read_it'
chmod 600 /dev/video0
scan 0 5 setpriv --reuid 65534 --regid 65534 --clear-groups
expect "a camera that the user may not open is told" eval 'ended && read_nothing && said "the system does not allow"'
cameras 1; play yuyv422 0
scan 0 60
expect "a picture that stays the same has the camera opened anew, once" eval \
  'ended && read_it && [ "$(grep -cF "same picture over and over" /run/err)" = 1 ] && [ "$(grep -c watching /run/err)" = 2 ]'
cameras 1; play yuyv422 0 15
(sleep 30; play another 0) &
scan 0 70
expect "a camera that stops does not hold the program up" ended
expect "it is read before it stops" read_it
expect "it is read again when it comes back" read_it "$another"
echo "camera-test-result: $failed"
INSIDE

# --- the virtual machine: a first process that loads the modules, mounts this machine's files and goes inside them ------------

image=$work/image
mkdir -p "$image"/{bin,modules,host,proc,sys,dev}
cp /bin/busybox "$image/bin/"
order=()
while read -r _ path _; do
  name=$(basename "${path%.xz}")
  case " ${order[*]} " in *" $name "*) continue ;; esac
  order+=("$name")
  if [ "${path%.xz}" = "$path" ]; then cp "$path" "$image/modules/$name"; else xz -dc "$path" >"$image/modules/$name"; fi
done < <(for module in virtio_pci 9pnet_virtio 9p videodev; do
  modprobe -d "$cache/root" -S "$kernel" --show-depends "$module" | grep '^insmod'
done)
cat >"$image/init" <<INIT
#!/bin/busybox sh
/bin/busybox --install -s /bin; export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
for module in ${order[*]}; do insmod "/modules/\$module"; done
mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose host /host
mount -t devtmpfs dev /host/dev; mount -t proc proc /host/proc; mount -t sysfs sys /host/sys
mount -t tmpfs run /host/run
chroot /host /bin/bash $(printf %q "$work/inside")
poweroff -f
INIT
chmod +x "$image/init"
(cd "$image" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/image.gz"

timeout "$limit" qemu-system-x86_64 -accel tcg,thread=multi -smp 2 -cpu max -m 3G -no-reboot \
  -display none -monitor none -serial stdio -kernel "$cache/root/boot/vmlinuz-$kernel" -initrd "$work/image.gz" \
  -append "console=ttyS0 quiet loglevel=3" \
  -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap \
  </dev/null 2>"$work/qemu.log" | sed -u 's,\r$,,' | tee "$work/log" | grep --line-buffered -v 'camera-test-result\|reboot: Power down' || true
if grep -q '^camera-test-result: 0$' "$work/log"; then
  echo "camera test passed"
else
  echo "camera test FAILED"
  cat "$work/qemu.log"
  exit 1
fi

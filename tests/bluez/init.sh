#!/bin/sh
# The first process in the user-mode kernel: its root is the host's own file system, read-only.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/run TMPDIR=/run PYTHONDONTWRITEBYTECODE=1 ATHENA_SENSE_BLUEZ=1
export HYPOTHESIS_STORAGE_DIRECTORY=/run/hypothesis
mount -t proc none /proc
mount -t sysfs none /sys
[ -e /dev/vhci ] || mount -t devtmpfs none /dev
for place in /run /var/lib/bluetooth; do mount -t tmpfs none "$place"; done
mkdir -p /dev/shm /run/dbus && mount -t tmpfs none /dev/shm
ip link set lo up 2>/dev/null
# Nothing here is random by itself, and whoever asks for random numbers would wait for ever: 256 bits from the host.
"$PYTHON" -S -c 'import base64, fcntl, os, struct
seed = base64.b64decode(os.environ["SEED"])
fcntl.ioctl(os.open("/dev/random", os.O_WRONLY), 0x40085203, struct.pack("ii32s", 256, 32, seed))  # RNDADDENTROPY'
dbus-daemon --system --nopidfile --fork
/usr/libexec/bluetooth/bluetoothd --nodetach > /run/bluetoothd.log 2>&1 &

cd "$FOLDER" || exit
arguments=$(echo "$ARGUMENTS" | base64 -d)
eval "\"$PYTHON\" -m pytest -p no:cacheprovider --color no $arguments"
verdict=$?
[ "$verdict" = 0 ] || tail -n 20 /run/bluetoothd.log
echo "pytest ended with $verdict"
busybox poweroff -f

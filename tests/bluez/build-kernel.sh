#!/usr/bin/env bash
# Builds the user-mode kernel: build-kernel.sh FOLDER makes FOLDER/linux. FOLDER/source may be removed afterwards.
set -euo pipefail

config=$(cd "$(dirname "$0")" && pwd)/kernel.config
folder=${1:?name the folder for the kernel}
archive=$(ls /usr/src/linux-source-*.tar.xz 2>/dev/null | tail -n 1) || true
[ -n "$archive" ] || { echo "no kernel source: apt-get install linux-source-6.1" >&2; exit 1; }

mkdir -p "$folder/source"
tar --extract --file "$archive" --directory "$folder/source" --strip-components 1 --skip-old-files
export ARCH=um
make --silent -C "$folder/source" KCONFIG_ALLCONFIG="$config" allnoconfig
make --silent -C "$folder/source" --jobs "$(nproc)" linux > "$folder/build.log" 2>&1 || { tail "$folder/build.log" >&2; exit 1; }
grep -q '^CONFIG_BT_HCIVHCI=y' "$folder/source/.config" || { echo "the kernel has no hci_vhci" >&2; exit 1; }
strip -o "$folder/linux" "$folder/source/linux"
echo "$folder/linux"

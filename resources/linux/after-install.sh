#!/bin/sh
# Runs after the deb or rpm is unpacked; electron-builder fills in the names.
set -e
app='/opt/${sanitizedProductName}'

# `gatehouse` is the native program: it answers hooks, and hands every other word to the app.
for program in "$app"/resources/native/build/linux-*/gatehouse; do
  if [ -x "$program" ]; then ln -sf "$program" /usr/bin/gatehouse; fi
done
ln -sf "$app/${executable}" '/usr/bin/${executable}'

# Chromium's sandbox uses user namespaces; where the kernel gives none it needs its helper to be setuid.
if unshare --user true 2>/dev/null; then
  chmod 0755 "$app/chrome-sandbox" || true
else
  chmod 4755 "$app/chrome-sandbox" || true
fi

# Ubuntu 24 gives user namespaces only to programs with a profile. Older AppArmor does not know this one.
if apparmor_status --enabled >/dev/null 2>&1; then
  profile="$app/resources/apparmor-profile"
  if apparmor_parser --skip-kernel-load --debug "$profile" >/dev/null 2>&1; then
    cp -f "$profile" '/etc/apparmor.d/${executable}'
    apparmor_parser --replace --write-cache --skip-read-cache '/etc/apparmor.d/${executable}' || true
  fi
fi

for refresh in 'update-mime-database /usr/share/mime' 'update-desktop-database /usr/share/applications'; do
  if command -v "${refresh%% *}" >/dev/null 2>&1; then $refresh || true; fi
done

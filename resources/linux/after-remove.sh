#!/bin/sh
# Runs after the deb or rpm is removed. What a person has in their home folder stays.
case "$1" in upgrade | 1) exit 0 ;; esac
for link in /usr/bin/gatehouse '/usr/bin/${executable}'; do
  case "$(readlink "$link" 2>/dev/null)" in '/opt/${sanitizedProductName}'/*) rm -f "$link" ;; esac
done
if [ -f '/etc/apparmor.d/${executable}' ]; then
  if apparmor_status --enabled >/dev/null 2>&1; then apparmor_parser --remove '/etc/apparmor.d/${executable}' || true; fi
  rm -f '/etc/apparmor.d/${executable}'
fi
exit 0

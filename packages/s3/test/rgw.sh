#!/bin/bash
# Runs the live tests of this package on a real Ceph RGW, on the loopback: one monitor, one OSD in memory, one gateway.
# Needs root, and a Debian (sid or forky) with Ceph 20 in the folder VFS_RGW_ROOT; without one it is made there, for which
# `debootstrap` and 700 MB are needed. Another command can be given: `rgw.sh npx pnpm --filter @vfs/bench bench s3`.
set -eu
ROOT=${VFS_RGW_ROOT:-/var/tmp/vfs-rgw}
PORT=${VFS_RGW_PORT:-7480}
[ -x "$ROOT/usr/bin/apt-get" ] || debootstrap --variant=minbase sid "$ROOT"
# Some packages cannot be set up without.
mountpoint -q "$ROOT/proc" || mount -t proc proc "$ROOT/proc"
mountpoint -q "$ROOT/dev" || mount --bind /dev "$ROOT/dev"
# Nothing runs services there: without this, setting up ceph-mon fails as it cannot tell systemd to start it.
printf '#!/bin/sh\nexit 101\n' > "$ROOT/usr/sbin/policy-rc.d"
chmod +x "$ROOT/usr/sbin/policy-rc.d"
[ -x "$ROOT/usr/bin/radosgw" ] ||
  chroot "$ROOT" apt-get install -y --no-install-recommends radosgw ceph-mon ceph-osd ceph-common
cat > "$ROOT/start-ceph" <<'INNER'
set -e
R=/ceph/run; rm -rf $R; mkdir -p $R/mon $R/osd $R/log; cd $R
FSID=$(cat /proc/sys/kernel/random/uuid)
cat > $R/ceph.conf <<CONF
[global]
fsid = $FSID
mon initial members = a
# Below the ports that connections are given: somebody's connection may have one of those.
mon host = [v2:127.0.0.1:13300,v1:127.0.0.1:16789]
public network = 127.0.0.0/8
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
run dir = $R
log file = $R/log/\$name.log
admin socket = $R/\$name.asok
keyring = $R/keyring
[mon]
mon data = $R/mon
mon data avail crit = 1
# The usual second for each step of the start would make it twelve.
paxos propose interval = 0.02
paxos min wait = 0.01
[osd]
osd data = $R/osd
osd objectstore = memstore
memstore device bytes = 8589934592
osd max object name len = 2048
osd max object namespace len = 512
# Debian's default is relative: without it the gateway dies with "failed to create zone".
osd class dir = /usr/lib/x86_64-linux-gnu/rados-classes
osd class load list = *
osd class default list = *
[client]
# Without tcp_nodelay each small answer takes 45 ms.
rgw frontends = beast endpoint=127.0.0.1:$PORT tcp_nodelay=1
rgw run sync thread = false
CONF
export CEPH_CONF=$R/ceph.conf
ceph-authtool --create-keyring $R/keyring --gen-key -n mon. --cap mon 'allow *'
ceph-authtool $R/keyring --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *'
ceph-authtool $R/keyring --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
monmaptool --create --fsid $FSID --addv a '[v2:127.0.0.1:13300,v1:127.0.0.1:16789]' $R/monmap
ceph-mon --mkfs -i a --monmap $R/monmap --keyring $R/keyring
ceph-mon -i a -f > $R/log/mon.out 2>&1 & echo $! > $R/mon.pid
OSD=$(cat /proc/sys/kernel/random/uuid)
ceph --connect-timeout 20 osd new "$OSD"
ceph-osd -i 0 --mkfs --osd-uuid "$OSD"
ceph-osd -i 0 -f > $R/log/osd.out 2>&1 & echo $! > $R/osd.pid
radosgw -n client.admin --keyring $R/keyring -f > $R/log/rgw.out 2>&1 & echo $! > $R/rgw.pid
until radosgw-admin -n client.admin user create --uid t --display-name t --access-key AKTEST --secret-key SKTEST; do sleep 0.5; done
until (echo > /dev/tcp/127.0.0.1/$PORT); do sleep 0.1; done
INNER
# In this order: a gateway whose cluster is gone hangs.
stop() {
  for name in rgw osd mon; do
    kill "$(cat "$ROOT/ceph/run/$name.pid")" 2> /dev/null || true
    sleep 1
  done
  kill -9 "$(cat "$ROOT/ceph/run/rgw.pid")" 2> /dev/null || true
}
trap stop EXIT
PORT=$PORT chroot "$ROOT" bash /start-ceph > "$ROOT/start.log" 2>&1
cd "$(dirname "$0")/../../.."
export VFS_S3_TEST_BUCKET=vfs-live VFS_S3_TEST_ENDPOINT=http://127.0.0.1:$PORT
export AWS_ACCESS_KEY_ID=AKTEST AWS_SECRET_ACCESS_KEY=SKTEST
[ $# -gt 0 ] || set -- npx pnpm exec vitest run --project @vfs/s3 live differential
"$@"

#!/usr/bin/env bash
# A real SLURM for the tests: one node of this machine, partitions `cpu` and `gpu`, one fake GPU (a device that no
# computing library sees as one). No systemd, no accounting; everything it writes is gone after `stop`, but for the packages.
#
#   start-slurm.sh start    install Debian's packages if missing, start; prints `started`, or `running` if it ran before
#   start-slurm.sh stop     cancel all jobs, end the daemons by their process ids, delete configuration and state
#
# Exit status 77, with a reason: SLURM cannot be had here.
set -euo pipefail
export LC_ALL=C PATH="/usr/sbin:/sbin:$PATH"
umask 022

STATE=/var/lib/lit-test-slurm
CONF=/etc/slurm
MARK="# written by tests/slurm/start-slurm.sh"
HOST=$(hostname -s)
PACKAGES=(munge slurm-client slurmctld slurmd)

cannot() { echo "no SLURM here: $1" >&2; exit 77; }
die() { echo "start-slurm.sh: $1" >&2; tail -n 20 "$STATE"/*.log >&2 || true; exit 1; }

wait_until() { # wait_until SECONDS COMMAND...
    local until=$((SECONDS + $1)); shift
    until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $until ] || return 1; sleep 0.1; done
}

alive() { # alive DAEMON: the process of its pid file runs, and is that daemon; a zombie is not
    local pid; pid=$(cat "$STATE/$1.pid" 2>/dev/null) || return 1
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$1" ] && ! grep -q '^State:.*Z' "/proc/$pid/status"
}
gone() { ! alive "$1"; }

end() { # end DAEMON: ask, wait, insist
    alive "$1" || return 0
    kill -TERM "$(cat "$STATE/$1.pid")"
    wait_until 15 gone "$1" || kill -KILL "$(cat "$STATE/$1.pid")"
}

install_packages() {
    dpkg-query -W "${PACKAGES[@]}" >/dev/null 2>&1 && command -v slurmctld slurmd munged >/dev/null && return
    command -v apt-get >/dev/null || cannot "SLURM is not installed, and there is no apt-get to install it"
    export DEBIAN_FRONTEND=noninteractive
    local get=(apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=120)
    { "${get[@]}" "${PACKAGES[@]}" || { apt-get update -q && "${get[@]}" "${PACKAGES[@]}"; }; } \
        </dev/null >"$STATE/apt.log" 2>&1 || cannot "apt-get install ${PACKAGES[*]} failed: $(tail -n 1 "$STATE/apt.log")"
}

write_config() {
    # Where the host's name means loopback, the daemons listen there only.
    local listen=""
    getent ahostsv4 "$HOST" | grep -qv '^127\.' || listen="CommunicationParameters=NoInAddrAny,NoCtldInAddrAny"
    mkdir -p "$CONF" "$STATE/controller" "$STATE/node"
    printf '%s\n' "$MARK" "AutoDetect=off" "NodeName=$HOST Name=gpu File=/dev/null" >"$CONF/gres.conf"
    cat >"$CONF/slurm.conf" <<END
$MARK
ClusterName=test
SlurmctldHost=$HOST(127.0.0.1)
SlurmUser=root
AuthInfo=socket=$STATE/munge.socket
$listen
StateSaveLocation=$STATE/controller
SlurmdSpoolDir=$STATE/node
SlurmctldPidFile=$STATE/slurmctld.pid
SlurmdPidFile=$STATE/slurmd.pid
SlurmctldLogFile=$STATE/slurmctld.log
SlurmdLogFile=$STATE/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
MailProg=/bin/true
ReturnToService=2
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu
# a job that takes more memory than it asked for is killed; looked at every second
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
KillWait=3
SlurmdParameters=config_overrides
NodeName=$HOST NodeAddr=127.0.0.1 CPUs=8 RealMemory=$(awk '/^MemTotal/ {print int($2 / 1024 * 0.9)}' /proc/meminfo) Gres=gpu:1
PartitionName=cpu Nodes=$HOST Default=YES MaxTime=1440
PartitionName=gpu Nodes=$HOST MaxTime=1440
END
}

usable() { sinfo -h -o %T | grep -qE '^(idle|mixed|allocated)$'; }

start() {
    if alive slurmctld && alive slurmd && usable; then echo running; return; fi
    [ ! -e $CONF/slurm.conf ] || grep -qF "$MARK" $CONF/slurm.conf || cannot "$CONF/slurm.conf is a real cluster's"
    mkdir -p "$STATE"
    install_packages
    stop
    mkdir -p "$STATE"
    write_config
    head -c 1024 /dev/urandom >"$STATE/munge.key"
    chmod 400 "$STATE/munge.key"
    cd "$STATE"
    setsid -w munged --key-file="$STATE/munge.key" --socket="$STATE/munge.socket" --pid-file="$STATE/munged.pid" \
        --log-file="$STATE/munged.log" --seed-file="$STATE/munge.seed" >>"$STATE/start.log" 2>&1 </dev/null || die "munged failed"
    setsid -w slurmctld >>"$STATE/start.log" 2>&1 </dev/null || die "slurmctld failed"
    wait_until 60 scontrol ping || die "slurmctld does not answer"
    setsid -w slurmd >>"$STATE/start.log" 2>&1 </dev/null || die "slurmd failed"
    wait_until 60 usable || die "the node is not usable: $(sinfo -R -h)"
    echo started
}

stop() {
    if alive slurmctld; then
        timeout 20 scancel --user=root || true
        wait_until 20 sh -c '[ -z "$(squeue -h)" ]' || echo "some jobs do not end" >&2
    fi
    for daemon in slurmd slurmctld munged; do end $daemon; done
    grep -qsF "$MARK" $CONF/slurm.conf && rm -f $CONF/slurm.conf $CONF/gres.conf
    rm -rf "$STATE"
}

[ "$(id -u)" = 0 ] || cannot "starting its daemons needs root"
case ${1:-} in
    start) start ;;
    stop) stop ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac

"""A network namespace for a measurement, so that the host's settings of TCP do not decide it.

A firewall's rules, or a congestion control that paces (bbr), cost processor time on loopback too.
"""
import fcntl
import os
import shutil
import socket
import struct
import subprocess
from pathlib import Path

CONGESTION_CONTROL = Path("/proc/sys/net/ipv4/tcp_congestion_control")
USUAL = "cubic"
INSIDE = "RETORT_BENCH_OWN_NETWORK"
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def words():
    """What to put before a command so that it runs in one; nothing where that is not allowed."""
    inside = ["unshare", "--net", "--"]
    if not shutil.which("unshare") or subprocess.run(
            [*inside, "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        return []
    return [*inside, "env", f"{INSIDE}=1"]


def set_up():
    """Inside: makes loopback work, and congestion control the usual one. Elsewhere: nothing."""
    if INSIDE not in os.environ:
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))
    CONGESTION_CONTROL.write_text(USUAL)


def congestion_control():
    """What TCP uses here."""
    return CONGESTION_CONTROL.read_text().strip()

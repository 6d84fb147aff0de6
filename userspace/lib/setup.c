// SPDX-License-Identifier: GPL-2.0-only
/* Host settings for when the user gave none; policy/bulkhead.yaml says why each. */
#include "load.h"

const char setup_builtin[] =
	"bulkhead: 1\n"
	"setup:\n"
	"  - /{usr/bin,usr/sbin,usr/local/bin,usr/local/sbin}/{crun,runc,youki}\n"
	"  - /usr/{lib,libexec}/{crio,podman}/{crun,runc,conmon}\n"
	"  - /{usr/bin,usr/local/bin}/{conmon,conmonrs,podman}\n"
	"  - /{usr/bin,usr/local/bin}/containerd-shim*\n"
	"  - /usr/lib/systemd/{systemd,systemd-executor}\n";

/* SPDX-License-Identifier: GPL-2.0-only */
/* The policy of the file suite. Trials name its rules by a part of the line. */
#ifndef SELFTEST_FILE_POLICY_H
#define SELFTEST_FILE_POLICY_H

#define F "/srv/t/f"

/* Where message queues are to be seen. */
#define QUEUES "/dev/mqueue"

static const char files_yaml[] =
"bulkhead: 1\n"
"policy: files\n"
"mode: enforce\n"
"presets: {except: [io-uring, open-by-handle, raw-disk]}\n"
"file:\n"
"  default: deny # unless some rule allows it\n"
"  rules:\n"
"    - allow r " F "/public/**\n"
"    - allow a " F "/log/*.log\n"
"    - allow ra " F "/log/*.both\n"
"    - allow rw " F "/write/**\n"
"    - allow c " F "/make/**\n"
"    - allow w " F "/make/written\n"
"    - allow d " F "/drop/**\n"
"    - allow rwcdno " F "/all/**\n"
"    - deny w " F "/all/keep/**\n"
"    - deny r " F "/all/tree/secret/**\n"
"    - allow rcl " F "/link/**\n"
"    - allow rwcl " F "/wide/**\n"
"    - allow rw " F "/ov/public*, " F "/ov/new/**\n"
"    - allow rwc " F "/bound/**\n"
"    - allow r " F "/glob/*.txt, " F "/glob/q?, " F "/glob/[a-c]1, " F "/glob/[!a-c]2\n"
"    - allow r " F "/glob/{left,right}/x, " F "/glob/any/**/end\n"
"    - allow w " F "/glob/any/here/x\n"
"    - allow r " F "/ends/*.pem\n"
"    - allow r " F "/lean/**/*.pem, " F "/lean/**/private-key\n"
"    - allow r " F "/lean/lib/x\n"
"    - allow rwc " F "/deep/**\n"
"    - allow rwcd " F "/move/**\n"
"    - allow r " QUEUES "/{open,seen}*\n"
"    - allow cd " QUEUES "/open*\n"
"    - allow r " F "/xfs/from\n"
"    - allow rw " F "/xfs/to\n"
"    - allow a " F "/xfs/log\n"
"    - allow r " F "/race/b/**/n/leaf\n";

/* Of the task whose root is F "/jail". */
static const char jail_yaml[] =
"bulkhead: 1\n"
"policy: jail\n"
"mode: enforce\n"
"file:\n"
"  default: allow\n"
"  rules:\n"
"    - deny r /secret, /inner/secret\n";

#endif /* SELFTEST_FILE_POLICY_H */

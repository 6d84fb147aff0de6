/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy that `bulkhead doctor` binds its throwaway cgroup to.
 *
 * Every image holds it, bound to nothing: so the doctor can try what is in
 * force without changing it, and one that is applied meanwhile has it, too.
 */
#ifndef BULKHEAD_DOCTOR_H
#define BULKHEAD_DOCTOR_H

/* No name that a policy file could give. */
#define DOCTOR_POLICY	"@doctor"

/* The folder its rules name: in the mount namespace of the doctor's tasks. */
#define DOCTOR_DIR	DOCTOR_MOUNT "/bulkhead-doctor"
#define DOCTOR_MOUNT	"/mnt"

/* Message queues, which have a folder of their own. */
#define DOCTOR_NEW_QUEUE	"bulkhead-doctor.new"
#define DOCTOR_OLD_QUEUE	"bulkhead-doctor.old"

/* As a policy file would have it; the name in it stands for DOCTOR_POLICY. */
extern const char doctor_builtin[];

#endif /* BULKHEAD_DOCTOR_H */

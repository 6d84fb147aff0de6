/* SPDX-License-Identifier: GPL-2.0-only */
/* The smallest program: exit(0). */
	.globl _start
_start:
	xor	%edi, %edi
	mov	$60, %eax
	syscall
	.section .note.GNU-stack, "", @progbits

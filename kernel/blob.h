/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The compiled form of policies: flat, position-independent, native-endian.
 *
 * An image is one generation: the policies and the bindings, as the command
 * sends it and the kernel keeps it. A blob is one policy inside an image.
 * Offsets in an image count from its start, offsets in a blob from the blob's
 * start. Everything is verified once (bkh_image_verify, bkh_blob_verify) and
 * then used without checks. This header and blob*.c are the same source in
 * module, command, unit tests and fuzzers.
 *
 * All tables start at multiples of eight. Reserved fields are zero.
 */
#ifndef BKH_BLOB_H
#define BKH_BLOB_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
#endif

#include "limits.h"

#define BKH_BLOB_MAGIC		0x31504b42U	/* "BKP1" */
#define BKH_IMAGE_MAGIC		0x31494b42U	/* "BKI1" */
#define BKH_BLOB_VERSION	3

#define BKH_NONE		0xffffffffU

enum bkh_mode {
	BKH_MODE_ENFORCE,
	BKH_MODE_AUDIT,
	__BKH_MODE_MAX,
};

/* Sections of a policy. One that is absent governs nothing. */
enum bkh_section {
	BKH_SECTION_FILE,
	BKH_SECTION_EXEC,
	BKH_SECTION_CAPABILITY,
	BKH_SECTION_SOCKET,
	BKH_SECTION_EGRESS,
	BKH_SECTION_LISTEN,
	BKH_SECTION_PRESET,
	__BKH_SECTION_MAX,
};

/* Escape guards. The order is ABI: bits of bkh_blob_hdr.presets. */
enum bkh_preset {
	BKH_PRESET_MOUNT,
	BKH_PRESET_PIVOT_ROOT,
	BKH_PRESET_PTRACE,
	BKH_PRESET_SIGNAL,
	BKH_PRESET_SETNS,
	BKH_PRESET_USERNS,
	BKH_PRESET_MODULE,
	BKH_PRESET_KEXEC,
	BKH_PRESET_BPF,
	BKH_PRESET_PERF,
	BKH_PRESET_IO_URING,
	BKH_PRESET_KEYRING,
	BKH_PRESET_CGROUP_ESCAPE,
	BKH_PRESET_CORE_PATTERN,
	BKH_PRESET_RELEASE_AGENT,
	BKH_PRESET_SYSRQ,
	BKH_PRESET_PROC_KERNEL,
	BKH_PRESET_SYS_FIRMWARE,
	BKH_PRESET_RAW_DISK,
	BKH_PRESET_RUNTIME_SOCKET,
	BKH_PRESET_METADATA_SERVICE,
	BKH_PRESET_OPEN_BY_HANDLE,
	__BKH_PRESET_MAX,
};

/* A table: @count records at @off bytes. */
struct bkh_span {
	u32 off;
	u32 count;
};

/**
 * struct bkh_rule - where a verdict comes from
 * @file: offset of the policy file's name in the string pool
 * @text: offset of the rule as written, in the string pool
 * @line: from 1; 0 for what is on by itself (a preset nobody mentioned)
 * @section: enum bkh_section
 * @action: BULKHEAD_VERDICT_ALLOW or _DENY
 * @is_default: the section's `default:` line
 *
 * The string pool of @file and @text holds zero-terminated strings. Every
 * verdict names a rule, so defaults, drift and presets have entries as well.
 */
struct bkh_rule {
	u32 file;
	u32 text;
	u32 line;
	u8 section;
	u8 action;
	u8 is_default;
	u8 reserved;
};

/*
 * The path automaton: deterministic, one step per path component. A state is
 * what was accepted so far plus the table to go on with. Step: look the
 * component up among the table's literals, in one hash for the whole policy
 * (edges, keyed by table and name); else run the table's byte automaton if it
 * has one; else go to @other. The literal edge already takes account of
 * globs that match the same name.
 *
 * State 0 is dead (accepts nothing, its table leads to itself) and state 1 is
 * where the path "/" ends, before the first component.
 */
#define BKH_STATE_DEAD		0
#define BKH_STATE_START		1

/*
 * A table in a key: its index, above eight bits. Those take the length of a
 * name, so that one comparison tells both.
 */
#define BKH_KEY_TABLE_SHIFT	8

static inline u32 bkh_key(u32 table, u32 len)
{
	return (table << BKH_KEY_TABLE_SHIFT) + len;
}

static inline u32 bkh_key_table(u32 key)
{
	return key >> BKH_KEY_TABLE_SHIFT;
}

/* In bkh_state.key: the table has no literals of its own. */
#define BKH_STATE_BARE		1

/**
 * struct bkh_state - a state
 * @key: bkh_key() of its table and no name, or BKH_STATE_BARE in place of one
 * @accept: index
 */
struct bkh_state {
	u32 key;
	u32 accept;
};

/* bkh_table.flags */
#define BKH_TABLE_EDGES		(1U << 0)	/* has literal edges */
#define BKH_TABLE_ABSORBING	(1U << 1)	/* no edges, no dfa; @other has this table */

/**
 * struct bkh_table - the ways out of a state
 * @dfa: index of the byte automaton for names that are no literal, BKH_NONE
 * @other: state for names that neither is a literal nor has a @dfa to decide
 * @fallback: table whose literals hold as well, where this one's own say
 *	nothing; its edges only, one level deep, BKH_NONE
 * @flags: BKH_TABLE_*
 *
 * States with the same ways out share a table: comparing table indices tells
 * whether the rules below two directories are the same.
 */
struct bkh_table {
	u32 dfa;
	u32 other;
	u32 fallback;
	u32 flags;
};

/**
 * struct bkh_edge - cell of the literal hash
 * @key: bkh_key() of table and length of the name, which is 1 to 255; BKH_NONE
 *	marks an empty cell, for there is no such table in an image
 * @name: offset of the name in the string pool: most stand in some rule's text;
 *	at least eight bytes of the pool are left there
 * @next: state
 * @chain: how many cells on the next of the chain lies, 0: nowhere
 *
 * The first cells are homes, a power of two of them (edge_homes); a literal's
 * is bkh_edge_slot(key, bkh_name_hash(name)) & (homes - 1). Those that find
 * theirs taken come after the homes, chained to it, each behind the one before.
 * So the homes may be about as many as the literals, and most lookups end in one.
 */
struct bkh_edge {
	u32 key;
	u32 name;
	u32 next;
	u32 chain;
};

static inline u32 bkh_edge_len(const struct bkh_edge *e)
{
	return e->key & 0xff;
}

#define BKH_SUFFIX_MAX		8

/**
 * struct bkh_dfa - byte automaton over one component
 * @classes: offset of 256 bytes that map a byte to its class
 * @trans: offset of u16 [n_states][n_classes]
 * @final: offset of u32 [n_states]: the path state that the name leads to
 * @n_states: byte states; the first one is the start
 * @n_classes: from 1 to 256
 *
 * With no byte states it is an ending, the commonest pattern: names that have
 * it lead to the path state @final, others to the table's @other. @n_classes
 * tells how many bytes it takes, from 1 to BKH_SUFFIX_MAX, the last of @suffix.
 */
struct bkh_dfa {
	union {
		struct {
			u32 classes;
			u32 trans;
		};
		u8 suffix[BKH_SUFFIX_MAX];
	};
	u32 final;
	u16 n_states;
	u16 n_classes;
};

/**
 * struct bkh_accept - what a state grants
 * @allow: BULKHEAD_PERM_* that some rule allows and none denies
 * @deny: BULKHEAD_PERM_* that some rule denies
 * @rules: index into the rule list: one rule id per bit of @allow | @deny,
 *	lowest bit first: the rule that decided
 *
 * What is in neither is decided by the defaults. Accept 0 is empty.
 */
struct bkh_accept {
	u16 allow;
	u16 deny;
	u32 rules;
};

/*
 * Ports and addresses, for egress and listen each. Addresses are 128 bits;
 * IPv4 is ::ffff:a.b.c.d. The longest prefix that holds the address names a
 * class (its rules include those of the shorter ones); no prefix: class 0.
 * A class has a port table per protocol; the table's page and its entry name
 * a verdict.
 */
enum bkh_proto {
	BKH_PROTO_TCP,
	BKH_PROTO_UDP,
	BKH_PROTO_UDPLITE,
	BKH_PROTO_SCTP,
	BKH_PROTO_ICMP,		/* both versions; the port is the type */
	BKH_PROTO_OTHER,	/* decided by the default alone */
	__BKH_PROTO_MAX,
};

struct bkh_prefix {
	u8 addr[16];		/* bits beyond @len are zero */
	u32 len;		/* 0 to 128; BKH_NONE marks an empty slot */
	u32 class;
};

struct bkh_net_class {
	u32 ports[__BKH_PROTO_MAX];	/* index into port tables */
};

struct bkh_port_table {
	u16 page[256];			/* by the port's high byte */
};

struct bkh_port_page {
	u16 verdict[256];		/* by the port's low byte */
};

/* Verdict of a port. */
#define BKH_NET_ALLOW		(1U << 0)
#define BKH_NET_DEFAULT		(1U << 1)	/* by the section's default */

struct bkh_net_verdict {
	u32 rule;
	u32 flags;
};

struct bkh_net {
	u64 lens4[3];		/* bit n: prefixes of n bits among IPv4 (96..128) */
	u64 lens6[3];		/* likewise, IPv6 (0..128) */
	struct bkh_span prefixes;	/* hash; a power of two, or no slot at all */
	struct bkh_span classes;
	struct bkh_span tables;
	struct bkh_span pages;
	struct bkh_span verdicts;
};

/* Socket families and types: rules in order of the file. */
#define BKH_FAMILIES		64
#define BKH_TYPES		16	/* SOCK_* fit a u16 mask */

struct bkh_socket_rule {
	u16 family;
	u16 types;		/* mask of 1 << SOCK_* */
	u32 rule;
};

#define BKH_CAPS		64

/**
 * struct bkh_blob_hdr - one policy
 * @magic: BKH_BLOB_MAGIC
 * @version: BKH_BLOB_VERSION
 * @mode: enum bkh_mode
 * @drift: 1: drift is denied
 * @size: bytes of the whole blob, a multiple of eight
 * @sections: mask of 1 << enum bkh_section that are governed
 * @name: zero-terminated, the rest zero
 * @perm_default: BULKHEAD_PERM_* allowed where no rule speaks; permissions that
 *	no section governs are all in here
 * @default_rule: by section, the rule entry of its `default:` line, BKH_NONE
 *	where the section is absent
 * @drift_rule: rule entry of the drift line, BKH_NONE
 * @presets: mask of 1 << enum bkh_preset that guard
 * @preset_rules: rule entry of each preset, BKH_NONE
 * @caps: allowed capabilities; all when the section is absent
 * @cap_rules: rule entry of each capability, the default's where none speaks
 * @socket_allow: by family, mask of allowed types; all when absent
 * @strings: span of bytes; zero-terminated strings, names of literals
 * @rules: struct bkh_rule
 * @states: struct bkh_state
 * @tables: struct bkh_table
 * @edges: struct bkh_edge, of which @edge_homes are homes
 * @dfas: struct bkh_dfa
 * @accepts: struct bkh_accept
 * @rule_list: u32
 * @dfa_data: bytes that struct bkh_dfa points into
 * @socket_rules: struct bkh_socket_rule
 * @egress: outbound ports
 * @listen: served ports; addresses are those bound to
 */
struct bkh_blob_hdr {
	u32 magic;
	u16 version;
	u8 mode;
	u8 drift;
	u32 size;
	u32 sections;
	char name[BKH_NAME_MAX];
	u32 perm_default;
	u32 default_rule[__BKH_SECTION_MAX];
	u32 drift_rule;
	u32 edge_homes;
	u64 presets;
	u32 preset_rules[__BKH_PRESET_MAX];
	u64 caps;
	u32 cap_rules[BKH_CAPS];
	u16 socket_allow[BKH_FAMILIES];
	struct bkh_span strings;
	struct bkh_span rules;
	struct bkh_span states;
	struct bkh_span tables;
	struct bkh_span edges;
	struct bkh_span dfas;
	struct bkh_span accepts;
	struct bkh_span rule_list;
	struct bkh_span dfa_data;
	struct bkh_span socket_rules;
	struct bkh_net egress;
	struct bkh_net listen;
};

/**
 * struct bkh_binding - cgroup pattern to policy
 * @pattern: offset of a zero-terminated glob, in the image's string pool
 * @policy: index of the policy
 * @alternatives: entries of the image's u32 list, by index: policies that an
 *	explicit binding may put in place of @policy
 */
struct bkh_binding {
	u32 pattern;
	u32 policy;
	struct bkh_span alternatives;
};

/**
 * struct bkh_image_hdr - one generation
 * @magic: BKH_IMAGE_MAGIC
 * @version: BKH_BLOB_VERSION
 * @size: bytes of the whole image
 * @setup: index of the policy whose exec rules name the setup programs (host
 *	paths that don't arm a forming task), BKH_NONE
 * @policies: spans of u32: offset of each blob, a multiple of eight, ascending;
 *	names are unique and ascending (strcmp)
 * @bindings: struct bkh_binding
 * @list: u32
 * @strings: span of bytes
 */
struct bkh_image_hdr {
	u32 magic;
	u32 version;
	u32 size;
	u32 setup;
	struct bkh_span policies;
	struct bkh_span bindings;
	struct bkh_span list;
	struct bkh_span strings;
};

/**
 * bkh_blob_verify - decide whether a blob may be matched against
 * @data: the blob, at an address that is a multiple of eight
 * @size: bytes that are there
 * @why: set to a static sentence when the answer is no
 *
 * After a yes every index, offset and loop of match.c is in bounds for any
 * request. Touches nothing outside @data; allocates nothing; may be long, and
 * lets others run meanwhile: may sleep.
 *
 * Return: whether the blob is sound.
 */
bool bkh_blob_verify(const void *data, size_t size, const char **why);

/**
 * bkh_image_verify - decide whether an image may be published
 * @data: the image, at an address that is a multiple of eight
 * @size: bytes that are there
 * @why: set to a static sentence when the answer is no
 *
 * Verifies every blob in it as well; may sleep.
 *
 * Return: whether the image is sound.
 */
bool bkh_image_verify(const void *data, size_t size, const char **why);

#endif /* BKH_BLOB_H */

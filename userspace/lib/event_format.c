// SPDX-License-Identifier: GPL-2.0-only
/* Events written for people (a line) and for programs (a JSON object). */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "blob.h"
#include "escape.h"
#include "event.h"
#include "match.h"
#include "names.h"

#define NSEC_PER_SEC 1000000000ULL

#define RED "\033[31m"
#define YELLOW "\033[33m"
#define PLAIN "\033[0m"

/* @fallback and the number, where a newer module says what we can't name. */
static void put_name(FILE *out, const struct names *table, unsigned long number,
		     const char *fallback)
{
	const char *name = names_get(table, number);

	if (name)
		fputs(name, out);
	else
		fprintf(out, "%s%lu", fallback, number);
}

static void put_string(FILE *out, const char *s)
{
	escape_word(out, s, strlen(s));
}

static const char *address_text(const struct event *ev, char buf[INET6_ADDRSTRLEN])
{
	int family = ev->address.len == 4 ? AF_INET : AF_INET6;

	return inet_ntop(family, ev->address.data, buf, INET6_ADDRSTRLEN);
}

static const char *proto_name(uint16_t protocol)
{
	enum bkh_proto proto = bkh_proto_of(protocol);

	return proto == BKH_PROTO_OTHER ? NULL : names_get(&names_proto, proto);
}

static void put_endpoint(FILE *out, const struct event *ev)
{
	const char *proto = proto_name(ev->protocol);
	char addr[INET6_ADDRSTRLEN];
	bool v6 = ev->address.len == 16;

	if (proto)
		fprintf(out, " %s", proto);
	else if (event_has(ev, BULKHEAD_A_PROTOCOL))
		fprintf(out, " protocol-%u", ev->protocol);
	if (event_has(ev, BULKHEAD_A_ADDRESS))
		fprintf(out, v6 ? " [%s]" : " %s", address_text(ev, addr));
	if (event_has(ev, BULKHEAD_A_PORT))
		fprintf(out, "%c%u", event_has(ev, BULKHEAD_A_ADDRESS) ? ':' : ' ', ev->port);
}

static void put_object(FILE *out, const struct event *ev)
{
	char letters[PERM_LETTERS_MAX];

	if (event_has(ev, BULKHEAD_A_PERMS))
		fprintf(out, " %s", perm_letters(ev->perms, letters));
	if (event_has(ev, BULKHEAD_A_PATH)) {
		fputc(' ', out);
		escape_word(out, ev->path.data, ev->path.len);
	}
	if (event_has(ev, BULKHEAD_A_CAPABILITY)) {
		fputc(' ', out);
		put_name(out, &names_capability, ev->capability, "capability-");
	}
	if (ev->act == BULKHEAD_ACT_SOCKET && event_has(ev, BULKHEAD_A_FAMILY)) {
		fputc(' ', out);
		put_name(out, &names_family, ev->family, "family-");
		fputc('/', out);
		put_name(out, &names_type, ev->sock_type, "type-");
	} else if (event_has(ev, BULKHEAD_A_ADDRESS) || event_has(ev, BULKHEAD_A_PORT)) {
		put_endpoint(out, ev);
	}
	if (event_has(ev, BULKHEAD_A_TARGET_PID))
		fprintf(out, " pid %u", ev->target_pid);
}

static void put_rule(FILE *out, const struct event *ev)
{
	if (ev->reason != BULKHEAD_REASON_RULE) {
		fputs("  (", out);
		put_name(out, &names_reason, ev->reason, "reason-");
		fputc(')', out);
	}
	if (!ev->rule_file[0] && !ev->rule_text[0])
		return;
	fputs("  by ", out);
	if (ev->rule_file[0]) {
		put_string(out, ev->rule_file);
		fprintf(out, ":%u: ", ev->rule_line);
	}
	escape_line(out, ev->rule_text, strlen(ev->rule_text));
}

static const char *verdict_word(uint8_t verdict)
{
	switch (verdict) {
	case BULKHEAD_VERDICT_ALLOW:
		return "ALLOW";
	case BULKHEAD_VERDICT_DENY:
		return "DENY ";
	case BULKHEAD_VERDICT_AUDIT:
		return "AUDIT";
	default:
		return "?????";
	}
}

/* An enforcing policy denies, an auditing one audits: the verdict tells. */
static const char *mode_name(uint8_t verdict)
{
	return names_get(&names_mode,
			 verdict == BULKHEAD_VERDICT_AUDIT ? BKH_MODE_AUDIT : BKH_MODE_ENFORCE);
}

static void put_time(FILE *out, uint64_t ns)
{
	time_t seconds = ns / NSEC_PER_SEC;
	char buf[32] = "--:--:--";
	struct tm tm;

	if (ns && localtime_r(&seconds, &tm))
		strftime(buf, sizeof(buf), "%H:%M:%S", &tm);
	fputs(buf, out);
}

/* A packet may leave when its sender no longer runs. */
static void put_actor(FILE *out, const struct event *ev)
{
	if (!event_has(ev, BULKHEAD_A_PID)) {
		fputs("- ", out);
		return;
	}
	escape_word(out, ev->comm.data, ev->comm.len);
	fprintf(out, "[%u] ", ev->pid);
}

void event_print(const struct event *ev, FILE *out, bool color)
{
	const char *on = ev->verdict == BULKHEAD_VERDICT_DENY ? RED : YELLOW;

	put_time(out, ev->time);
	fprintf(out, " %s%s%s ", color ? on : "", verdict_word(ev->verdict), color ? PLAIN : "");
	put_string(out, ev->policy[0] ? ev->policy : "-");
	fprintf(out, "(%s) ", mode_name(ev->verdict));
	put_actor(out, ev);
	put_name(out, &names_act, ev->act, "act-");
	put_object(out, ev);
	put_rule(out, ev);
	fputc('\n', out);
}

static void add_string(struct json_object *obj, const char *key, const char *s)
{
	escape_json_add(obj, key, s, strlen(s));
}

static void add_number(struct json_object *obj, const char *key, uint64_t number)
{
	json_object_object_add(obj, key, json_object_new_uint64(number));
}

/* The name where we know one, the number where not. */
static void add_name(struct json_object *obj, const char *key, const struct names *table,
		     unsigned long number)
{
	const char *name = names_get(table, number);

	json_object_object_add(obj, key, name ? json_object_new_string(name) :
						json_object_new_uint64(number));
}

static void add_time(struct json_object *obj, uint64_t ns)
{
	time_t seconds = ns / NSEC_PER_SEC;
	char date[32], text[64];
	struct tm tm;

	if (!ns || !gmtime_r(&seconds, &tm))
		return;
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s.%09lluZ", date, (unsigned long long)(ns % NSEC_PER_SEC));
	json_object_object_add(obj, "time", json_object_new_string(text));
}

static void add_endpoint(struct json_object *obj, const struct event *ev)
{
	const char *proto = proto_name(ev->protocol);
	char addr[INET6_ADDRSTRLEN];

	if (event_has(ev, BULKHEAD_A_PROTOCOL))
		json_object_object_add(obj, "protocol", proto ? json_object_new_string(proto) :
					       json_object_new_int(ev->protocol));
	if (event_has(ev, BULKHEAD_A_ADDRESS))
		add_string(obj, "address", address_text(ev, addr));
	if (event_has(ev, BULKHEAD_A_PORT))
		add_number(obj, "port", ev->port);
}

static void add_object(struct json_object *obj, const struct event *ev)
{
	char letters[PERM_LETTERS_MAX];

	if (event_has(ev, BULKHEAD_A_PERMS))
		add_string(obj, "perms", perm_letters(ev->perms, letters));
	if (event_has(ev, BULKHEAD_A_PATH))
		escape_json_add(obj, "path", ev->path.data, ev->path.len);
	if (event_has(ev, BULKHEAD_A_CAPABILITY))
		add_name(obj, "capability", &names_capability, ev->capability);
	if (event_has(ev, BULKHEAD_A_FAMILY))
		add_name(obj, "family", &names_family, ev->family);
	if (event_has(ev, BULKHEAD_A_SOCK_TYPE))
		add_name(obj, "type", &names_type, ev->sock_type);
	add_endpoint(obj, ev);
	if (event_has(ev, BULKHEAD_A_TARGET_PID))
		add_number(obj, "target_pid", ev->target_pid);
}

static struct json_object *rule_json(const struct event *ev)
{
	struct json_object *rule = json_object_new_object();

	if (event_has(ev, BULKHEAD_A_RULE))
		add_number(rule, "index", ev->rule);
	if (event_has(ev, BULKHEAD_A_RULE_FILE))
		add_string(rule, "file", ev->rule_file);
	if (event_has(ev, BULKHEAD_A_RULE_LINE))
		add_number(rule, "line", ev->rule_line);
	if (event_has(ev, BULKHEAD_A_RULE_TEXT))
		add_string(rule, "text", ev->rule_text);
	return rule;
}

static void add_actor(struct json_object *obj, const struct event *ev)
{
	if (event_has(ev, BULKHEAD_A_PID))
		add_number(obj, "pid", ev->pid);
	if (event_has(ev, BULKHEAD_A_COMM))
		escape_json_add(obj, "comm", ev->comm.data, ev->comm.len);
	add_number(obj, "cgroup_id", ev->cgroup_id);
	if (event_has(ev, BULKHEAD_A_CGROUP_PATH))
		add_string(obj, "cgroup", ev->cgroup_path);
}

struct json_object *event_json(const struct event *ev)
{
	struct json_object *obj = json_object_new_object();

	if (!obj)
		return NULL;
	add_time(obj, ev->time);
	add_name(obj, "verdict", &names_verdict, ev->verdict);
	add_string(obj, "policy", ev->policy);
	add_string(obj, "mode", mode_name(ev->verdict));
	add_actor(obj, ev);
	add_name(obj, "act", &names_act, ev->act);
	add_object(obj, ev);
	add_name(obj, "reason", &names_reason, ev->reason);
	json_object_object_add(obj, "rule", rule_json(ev));
	add_number(obj, "generation", ev->generation);
	add_number(obj, "sequence", ev->sequence);
	add_number(obj, "lost", ev->lost);
	return obj;
}

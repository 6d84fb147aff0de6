// SPDX-License-Identifier: GPL-2.0-only
/* Policy files on the command line, compiled. */
#include <errno.h>
#include <stdlib.h>

#include "lib/ruleset.h"
#include "policy_files.h"
#include "output.h"

int compile_policies(char *const *paths, size_t n, struct loaded *out, struct diag *d)
{
	struct ruleset *rs cleanup_ruleset = NULL;
	struct loaded l = { 0 };
	int err;

	err = ruleset_load(&rs, (const char *const *)paths, n, d);
	if (!err)
		err = ruleset_compile(rs, &l.data, &l.size, d);
	if (err)
		return err;
	l.policies = ruleset_policies(rs);
	*out = l;
	return 0;
}

int load_policies(char *const *paths, size_t n, struct loaded *out)
{
	struct diag d cleanup_diag;
	int err;

	diag_init(&d);
	err = compile_policies(paths, n, out, &d);
	diag_print(&d, stderr, use_color(stderr));
	if (err == -ENOMEM)
		return complain_oom();
	if (!err)
		return STATUS_OK;
	return complain(STATUS_REFUSED, "%zu error%s in the policy", d.errors,
			d.errors == 1 ? "" : "s");
}

int load_image(char *const *paths, size_t n, struct image *img)
{
	struct loaded l;
	const char *why = "";
	int status, err;

	status = load_policies(paths, n, &l);
	if (status)
		return status;
	err = image_open(img, l.data, l.size, &why);
	if (!err)
		return STATUS_OK;
	free(l.data);
	if (err == -ENOMEM)
		return complain_oom();
	complain(STATUS_REFUSED, "the compiled image doesn't verify: %s", why);
	advise("this is a bug of the compiler; please report it with the policy");
	return STATUS_REFUSED;
}

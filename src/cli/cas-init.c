/* SPDX-License-Identifier: Apache-2.0 */
/* cas init and cas start: what the operator of a CAS does. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/str.h"
#include "cas/boot.h"
#include "cli/ask.h"
#include "cli/program.h"
#include "cli/tpm-roots.h"
#include "platform/collateral.h"

#define IDENTITY_MAX ((size_t)64 * 1024)
#define KEEPER "concordat-cas-keeper"
#define LAUNCHER "concordat-cas"
#define COLLATERAL "collateral"
#define AZURE_AUTHORITY "login.microsoftonline.com"
#define AZURE_VAULTS "vault.azure.net"

struct init {
	const char *dir, *name, *platform, *simulation, *output;
	const char *azure_roots, *azure_authority, *azure_vaults;
	struct cc_strings witnesses;
	struct cc_tpm_options tpms;
	uint64_t quorum, faulty;
	bool unwitnessed;
};

/* "name+id+key@http://host:port": a key has no '@' before a URL. */
static int add_witness(const char *text, struct cc_cas_policy *policy, struct cc_err *err)
{
	const char *at = strstr(text, "@http://");
	size_t number = policy->witness_count;

	if (at == NULL) {
		cc_err_set(err, CC_E_ARG, "witness '%.200s' is not KEY@URL", text);
		return cc_hint(err, "KEY is what 'witness init' or 'witness show' prints, URL is "
				    "http://host:port");
	}
	if (strlen(at + 1) >= CC_URL_MAX || number >= CC_WITNESSES_MAX)
		return cc_fail(err, CC_E_TOOBIG,
			       "a URL has at most %d characters, a CAS %d witnesses",
			       CC_URL_MAX - 1, CC_WITNESSES_MAX);
	if (cc_note_key_parse(cc_span(text, (size_t)(at - text)), &policy->witnesses[number],
			      err) != 0)
		return cc_wrap(err, "witness '%.200s'", text);
	(void)snprintf(policy->urls[number], CC_URL_MAX, "%s", at + 1);
	policy->witness_count++;
	return 0;
}

static int choose_quorum(const struct init *values, struct cc_cas_policy *policy,
			 struct cc_err *err)
{
	size_t count = policy->witness_count,
	       least = values->faulty < count ? cc_quorum_least(count, values->faulty) : 0;
	struct cc_quorum quorum = { 0 };

	if (least == 0)
		return cc_fail(err, CC_E_ARG, "of %zu witnesses %llu cannot be faulty", count,
			       (unsigned long long)values->faulty);
	policy->faulty = values->faulty;
	policy->quorum = values->quorum != 0 ? values->quorum : least;
	if (policy->quorum < least || policy->quorum > count) {
		cc_err_set(err, CC_E_ARG,
			   "a quorum of %zu: of %zu witnesses, %zu of them faulty, "
			   "it is %zu to %zu",
			   policy->quorum, count, policy->faulty, least, count);
		return cc_hint(err, "with fewer, two halves could co-sign two histories");
	}
	quorum = cc_cas_policy_quorum(policy);
	return cc_quorum_check(&quorum, err);
}

static int choose_witnesses(const struct init *values, struct cc_cas_policy *policy,
			    struct cc_err *err)
{
	if (values->witnesses.count == 0 && !values->unwitnessed) {
		cc_err_set(err, CC_E_ARG, "a CAS without witnesses can be rolled back by its host");
		return cc_hint(err,
			       "name them by --witness KEY@URL (witness init makes one), or say "
			       "--unwitnessed for development");
	}
	if (values->unwitnessed) {
		if (values->witnesses.count != 0 || values->quorum != 0 || values->faulty != 0)
			return cc_fail(err, CC_E_ARG,
				       "--unwitnessed goes with neither --witness, --quorum nor "
				       "--faulty");
		return 0;
	}
	for (size_t i = 0; i < values->witnesses.count; i++)
		CC_TRY(add_witness(values->witnesses.at[i], policy, err));
	return choose_quorum(values, policy, err);
}

/* What evidence is verified with: a copy, for the platform's directory may be elsewhere later. */

static int copy_file(const struct cc_dir *from, const char *name, const struct cc_dir *to,
		     struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };

	CC_TRY(cc_dir_read(from, name, CC_COLLATERAL_ITEM_MAX, &bytes, err));
	return cc_dir_write_new(to, name, 0600, cc_buf_span(&bytes), err);
}

/* A certificate that is the root of two platforms lies there once. */
static int copy_roots(const struct cc_dir *from, const struct cc_dir *to, struct cc_err *err)
{
	for (size_t i = 0; i < CC_COLLATERAL_ROOTS; i++) {
		const struct cc_collateral_root *root = &cc_collateral_roots[i];

		if (cc_dir_has(to, root->file) || (root->optional && !cc_dir_has(from, root->file)))
			continue;
		CC_TRY(copy_file(from, root->file, to, err));
	}
	return 0;
}

static int copy_collateral(const struct init *values, const struct cc_dir *dir, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir platform = CC_DIR_NONE, from = CC_DIR_NONE, to = CC_DIR_NONE;

	CC_TRY(cc_dir_open(values->simulation, CC_DIR_OWN, &platform, err));
	CC_TRY(cc_dir_sub(&platform, COLLATERAL, &from, err));
	CC_TRY(cc_dir_mkdir(dir, COLLATERAL, 0700, err));
	CC_TRY(cc_dir_sub(dir, COLLATERAL, &to, err));
	for (size_t i = 0; i < CC_COLLATERAL_FILES; i++)
		if (!cc_collateral_files[i].optional ||
		    cc_dir_has(&from, cc_collateral_files[i].file))
			CC_TRY(copy_file(&from, cc_collateral_files[i].file, &to, err));
	return copy_roots(&from, &to, err);
}

/* The vendors' roots always; others exactly when the operator puts them there. */
static int choose_roots(const struct init *values, const struct cc_dir *dir,
			struct cc_cas_policy *policy, struct cc_err *err)
{
	CC_AUTO_FREE char *path = NULL;

	cc_roots_vendors(&policy->roots);
	CC_TRY(cc_tpms_chosen(&values->tpms, &policy->roots, err));
	if (values->simulation == NULL)
		return 0;
	if (copy_collateral(values, dir, err) != 0)
		return cc_wrap(err, "copy the collateral of '%s'", values->simulation);
	CC_TRY(cc_strf(&path, err, "%s/" COLLATERAL, values->dir));
	return cc_collateral_dir_roots(path, &policy->roots, err);
}

/* Fixed for ever: whoever starts the CAS must not come between it and Azure. */
static int choose_azure(const struct init *values, struct cc_cas_policy *policy, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf roots = { 0 };

	if (values->azure_roots == NULL) {
		if (values->azure_authority == NULL && values->azure_vaults == NULL)
			return 0;
		cc_err_set(err, CC_E_ARG,
			   "--azure-authority and --azure-vaults go with "
			   "--azure-roots");
		return cc_hint(err, "name the certificates that Azure's end in: --azure-roots "
				    "FILE");
	}
	CC_TRY(cc_file_read(values->azure_roots, CC_TRUST_PEM_MAX, &roots, err));
	if (cc_cas_azure_set(values->azure_authority != NULL ? values->azure_authority
							     : AZURE_AUTHORITY,
			     values->azure_vaults != NULL ? values->azure_vaults : AZURE_VAULTS,
			     cc_buf_span(&roots), &policy->azure, err) != 0)
		return cc_wrap(err, "'%.200s'", values->azure_roots);
	return 0;
}

static int make_cas(const struct init *values, const struct cc_dir *dir, struct cc_json **identity,
		    struct cc_err *err)
{
	CC_AUTO_FREE struct cc_cas_policy *policy = calloc(1, sizeof(*policy));
	CC_AUTO_BUF struct cc_buf text = { 0 }, said = { 0 };
	CC_AUTO_FREE char *keeper = NULL;

	if (policy == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for the policy of the CAS");
	if (strlen(values->name) >= sizeof(policy->name))
		return cc_fail(err, CC_E_TOOBIG, "the name of a CAS has 1 to %d characters",
			       CC_ORIGIN_MAX);
	(void)snprintf(policy->name, sizeof(policy->name), "%s", values->name);
	CC_TRY(choose_witnesses(values, policy, err));
	CC_TRY(choose_azure(values, policy, err));
	CC_TRY(choose_roots(values, dir, policy, err));
	CC_TRY(cc_cas_policy_print(policy, &text, err));
	CC_TRY(cc_program_find("cas", KEEPER, &keeper, err));
	CC_TRY(cc_program_run((const char *[]){ keeper, "--init", "--dir", values->dir,
						"--platform", values->platform, NULL },
			      cc_buf_span(&text), IDENTITY_MAX, &said, err));
	return cc_json_parse(cc_buf_span(&said), IDENTITY_MAX, identity, err);
}

/* Directories: one that is there must be empty, and is so again when something fails. */

static int for_each_entry(const struct cc_dir *dir,
			  int (*fn)(const struct cc_dir *dir, const char *name, struct cc_err *err),
			  struct cc_err *err)
{
	int fd = -1, done = 0;
	DIR *stream = NULL;

	CC_TRY(cc_dir_openat(dir, ".", O_RDONLY | O_DIRECTORY, 0, &fd, err));
	stream = fdopendir(fd);
	if (stream == NULL) {
		done = cc_fail_sys(err, errno, "list a directory");
		(void)close(fd);
		return done;
	}
	for (const struct dirent *entry = readdir(stream); entry != NULL && done == 0;
	     entry = readdir(stream))
		if (!cc_str_eq(entry->d_name, ".") && !cc_str_eq(entry->d_name, ".."))
			done = fn(dir, entry->d_name, err);
	(void)closedir(stream);
	return done;
}

/* The keeper writes the sealed key last: what has none never became a CAS, or lost it. */
static int refuse_entry(const struct cc_dir *dir, const char *name, struct cc_err *err)
{
	cc_err_set(err, CC_E_CONFLICT, "the directory is not empty: it has '%.200s'", name);
	if (cc_dir_has(dir, CC_CAS_ROOT_FILE))
		return cc_hint(err, "start the CAS that is there, or name another directory");
	if (!cc_dir_has(dir, CC_CAS_STORE_FILE) && !cc_dir_has(dir, COLLATERAL))
		return cc_hint(err, "name another directory");
	return cc_hint(err,
		       "there is no '" CC_CAS_ROOT_FILE "': when 'cas init' was cut short here, "
		       "remove the directory and repeat it; when this CAS has served before, put "
		       "that file back");
}

static int remove_entry(const struct cc_dir *dir, const char *name, struct cc_err *err)
{
	return cc_dir_remove_tree(dir, name, err);
}

static int init_in(const struct init *values, const struct cc_dir *dir, struct cc_json **identity,
		   struct cc_err *err)
{
	struct cc_err ignored = { 0 };

	if (for_each_entry(dir, refuse_entry, err) != 0)
		return cc_wrap(err, "'%s'", values->dir);
	if (make_cas(values, dir, identity, err) == 0)
		return 0;
	cc_ignore(for_each_entry(dir, remove_entry, &ignored));
	return -1;
}

static int print_identity(const struct init *values, const struct cc_json *identity,
			  struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	if (cc_wants_data(values->output))
		return cc_print_data(values->output, identity, err);
	CC_TRY(cc_buf_addf(&text, err,
			   "%s\n  CAS key      %s\n  policy hash  %s\n  log key      %s\n",
			   cc_text_of(identity, "name"), cc_text_of(identity, "cas_key"),
			   cc_text_of(identity, "policy_hash"), cc_text_of(identity, "log_key")));
	if (!values->unwitnessed)
		CC_TRY(cc_buf_addf(&text, err,
				   "\nEach witness now adds the log key: concordat witness add DIR "
				   "'%s'\n",
				   cc_text_of(identity, "log_key")));
	else
		CC_TRY(cc_buf_add_str(&text,
				      "\nWithout witnesses its host can roll it back: for "
				      "development only.\n",
				      err));
	return cc_print(cc_buf_span(&text), err);
}

static int cas_init(const void *at, struct cc_err *err)
{
	const struct init *values = at;
	CC_AUTO_JSON struct cc_json *identity = NULL;
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	bool is_new = access(values->dir, F_OK) != 0;

	CC_TRY(cc_dir_create(values->dir, 0700, &dir, err));
	if (init_in(values, &dir, &identity, err) != 0) {
		if (is_new)
			(void)rmdir(values->dir);
		return -1;
	}
	if (values->simulation != NULL)
		cc_say_simulation(values->name, values->dir);
	return print_identity(values, identity, err);
}

static const struct cc_opt init_opts[] = {
	{ "dir", 0, CC_OPT_STRING, offsetof(struct init, dir), "DIR",
	  "the directory of the CAS: new or empty", true, NULL },
	{ "name", 0, CC_OPT_STRING, offsetof(struct init, name), "NAME",
	  "its name, which its ledger carries too: cas.example", true, NULL },
	{ "platform", 0, CC_OPT_STRING, offsetof(struct init, platform), "SOCKET",
	  "the platform that it runs on", true, NULL },
	{ "simulation", 0, CC_OPT_STRING, offsetof(struct init, simulation), "DIR",
	  "accept evidence of the simulated platform in this directory", false, NULL },
	CC_OPT_TPMS(struct init, tpms),
	{ "witness", 0, CC_OPT_LIST, offsetof(struct init, witnesses), "KEY@URL",
	  "a witness of its ledger; repeat for each", false, NULL },
	{ "quorum", 0, CC_OPT_NUMBER, offsetof(struct init, quorum), "N",
	  "how many witnesses must co-sign (default: the fewest that are safe)", false, NULL },
	{ "faulty", 0, CC_OPT_NUMBER, offsetof(struct init, faulty), "N",
	  "how many witnesses may lie (default: 0)", false, NULL },
	{ "unwitnessed", 0, CC_OPT_FLAG, offsetof(struct init, unwitnessed), NULL,
	  "no witnesses: for development", false, NULL },
	{ "azure-roots", 0, CC_OPT_STRING, offsetof(struct init, azure_roots), "FILE",
	  "ask Azure for tokens and secrets, under these root certificates (PEM)", false, NULL },
	{ "azure-authority", 0, CC_OPT_STRING, offsetof(struct init, azure_authority), "HOST",
	  "who gives tokens (default: " AZURE_AUTHORITY ")", false, NULL },
	{ "azure-vaults", 0, CC_OPT_STRING, offsetof(struct init, azure_vaults), "HOST",
	  "what names of key vaults end in (default: " AZURE_VAULTS ")", false, NULL },
	CC_OPT_OUTPUT(struct init),
};

const struct cc_command cc_command_cas_init = {
	"cas init",
	"Make a CAS: its keys, its policy and its first ledger entry.",
	init_opts,
	CC_COUNT(init_opts),
	NULL,
	0,
	sizeof(struct init),
	NULL,
	cas_init,
};

struct start {
	const char *dir, *listen, *platform, *collateral, *azure_via;
	uint64_t webs;
};

static int cas_start(const void *at, struct cc_err *err)
{
	const struct start *values = at;
	const char *words[16] = { NULL,           "--dir",      values->dir,     "--listen",
				  values->listen, "--platform", values->platform };
	CC_AUTO_FREE char *launcher = NULL;
	char webs[24];
	size_t count = 7;

	CC_TRY(cc_program_find("cas", LAUNCHER, &launcher, err));
	words[0] = launcher;
	if (values->webs != 0) {
		(void)snprintf(webs, sizeof(webs), "%llu", (unsigned long long)values->webs);
		words[count++] = "--web";
		words[count++] = webs;
	}
	if (values->collateral != NULL) {
		words[count++] = "--collateral";
		words[count++] = values->collateral;
	}
	if (values->azure_via != NULL) {
		words[count++] = "--azure-via";
		words[count++] = values->azure_via;
	}
	return cc_program_become(words, err);
}

static const struct cc_opt start_opts[] = {
	{ "dir", 0, CC_OPT_STRING, offsetof(struct start, dir), "DIR", "the directory of the CAS",
	  true, NULL },
	{ "listen", 0, CC_OPT_STRING, offsetof(struct start, listen), "ADDRESS",
	  "where it serves: host:port", true, NULL },
	{ "platform", 0, CC_OPT_STRING, offsetof(struct start, platform), "SOCKET",
	  "the platform that it runs on", true, NULL },
	{ "web", 0, CC_OPT_NUMBER, offsetof(struct start, webs), "N",
	  "how many web processes (default: 1)", false, NULL },
	{ "collateral", 0, CC_OPT_STRING, offsetof(struct start, collateral), "DIR",
	  "what evidence is verified with (default: DIR/collateral)", false, NULL },
	{ "azure-via", 0, CC_OPT_STRING, offsetof(struct start, azure_via), "ADDRESS",
	  "connect there for Azure, to a gateway that goes by TLS names (default: to its hosts)",
	  false, NULL },
};

const struct cc_command cc_command_cas_start = {
	"cas start",
	"Start a CAS and stay with it: says 'ready ADDRESS' when it serves.",
	start_opts,
	CC_COUNT(start_opts),
	NULL,
	0,
	sizeof(struct start),
	NULL,
	cas_start,
};

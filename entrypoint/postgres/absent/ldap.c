/*
 * OpenLDAP has no static library in Debian, and Debian's libpq.a refers to it: libpq asks a directory when a
 * pg_service.conf has a line `ldap://…`. libpq shows an error text for the search only, so everything before the search
 * succeeds without doing anything, and the search fails with a text that says why. Prototypes: ldap.h of OpenLDAP 2.6.
 */
#include <stddef.h>
#include <sys/time.h>

typedef struct ldap LDAP;
typedef struct ldapmsg LDAPMessage;
struct berval;

enum { ldap_success = 0, ldap_not_supported = -12 /* LDAP_NOT_SUPPORTED of ldap.h */, any_message_id = 1 };

static char ldap_text[] = "LDAP is not available in this program; write the parameters into the service file";

/* Nobody looks into a handle: its address is all that there is. */
static char no_directory;

LDAP* ldap_init(const char* host, int port) {
  (void)host, (void)port;
  return (LDAP*)(void*)&no_directory;
}

int ldap_set_option(LDAP* ld, int option, const void* invalue) {
  (void)ld, (void)option, (void)invalue;
  return ldap_success;
}

int ldap_simple_bind(LDAP* ld, const char* who, const char* passwd) {
  (void)ld, (void)who, (void)passwd;
  return any_message_id;
}

int ldap_result(LDAP* ld, int msgid, int all, struct timeval* timeout, LDAPMessage** result) {
  (void)ld, (void)msgid, (void)all, (void)timeout;
  if (result != NULL) *result = (LDAPMessage*)(void*)&no_directory; /* NULL would mean: timed out, ask the next one */
  return any_message_id;
}

int ldap_search_st(LDAP* ld, const char* base, int scope, const char* filter, char** attrs, int attrsonly,
                   struct timeval* timeout, LDAPMessage** res) {
  (void)ld, (void)base, (void)scope, (void)filter, (void)attrs, (void)attrsonly, (void)timeout;
  if (res != NULL) *res = NULL;
  return ldap_not_supported;
}

char* ldap_err2string(int err) {
  (void)err;
  return ldap_text;
}

int ldap_msgfree(LDAPMessage* lm) {
  (void)lm;
  return ldap_success;
}

int ldap_unbind(LDAP* ld) {
  (void)ld;
  return ldap_success;
}

/* What follows is reached only behind a search that succeeded. */
int ldap_count_entries(LDAP* ld, LDAPMessage* chain) {
  (void)ld, (void)chain;
  return 0;
}

LDAPMessage* ldap_first_entry(LDAP* ld, LDAPMessage* chain) {
  (void)ld, (void)chain;
  return NULL;
}

struct berval** ldap_get_values_len(LDAP* ld, LDAPMessage* entry, const char* target) {
  (void)ld, (void)entry, (void)target;
  return NULL;
}

void ldap_value_free_len(struct berval** vals) {
  (void)vals;
}

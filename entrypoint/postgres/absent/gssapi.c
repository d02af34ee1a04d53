/*
 * GSSAPI has no static library in Debian, and Debian's libpq.a refers to it. Each function answers "unavailable" in
 * GSSAPI's own terms, and libpq then does what it does on a machine without Kerberos credentials: it never offers GSS
 * encryption, and a server that asks for GSS authentication gets an error that says why.
 *
 * libpq is compiled against the real headers, so the types here have the same representation (RFC 2744, C bindings).
 * The list is complete by construction: a function that libpq starts to use is an undefined symbol at link time.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* NOLINTBEGIN(readability-identifier-naming): the names are those of RFC 2744. */
typedef uint32_t OM_uint32;
typedef struct gss_name_struct* gss_name_t;
typedef struct gss_cred_id_struct* gss_cred_id_t;
typedef struct gss_ctx_id_struct* gss_ctx_id_t;
typedef struct gss_channel_bindings_struct* gss_channel_bindings_t;
typedef struct gss_OID_desc_struct {
  OM_uint32 length;
  void* elements;
} gss_OID_desc, *gss_OID;
typedef struct gss_OID_set_desc_struct* gss_OID_set;
typedef struct gss_buffer_desc_struct {
  size_t length;
  void* value;
} gss_buffer_desc, *gss_buffer_t;

/* A routine error sits in bits 16 to 23: GSS_S_UNAVAILABLE of RFC 2744, section 3.9.1. */
enum { unavailable = 16U << 16U, complete = 0 };

static char gss_text[] = "GSSAPI is not available in this program";

/* libpq passes this on to gss_import_name and does not look into it. */
gss_OID GSS_C_NT_HOSTBASED_SERVICE = NULL;
/* NOLINTEND(readability-identifier-naming) */

static OM_uint32 gss_unavailable(OM_uint32* minor_status) {
  if (minor_status != NULL) *minor_status = 0;
  return unavailable;
}

OM_uint32 gss_acquire_cred(OM_uint32* minor_status, gss_name_t desired_name, OM_uint32 time_req,
                           gss_OID_set desired_mechs, int cred_usage, gss_cred_id_t* output_cred_handle,
                           gss_OID_set* actual_mechs, OM_uint32* time_rec) {
  (void)desired_name, (void)time_req, (void)desired_mechs, (void)cred_usage;
  if (output_cred_handle != NULL) *output_cred_handle = NULL;
  if (actual_mechs != NULL) *actual_mechs = NULL;
  if (time_rec != NULL) *time_rec = 0;
  return gss_unavailable(minor_status);
}

OM_uint32 gss_release_cred(OM_uint32* minor_status, gss_cred_id_t* cred_handle) {
  if (minor_status != NULL) *minor_status = 0;
  if (cred_handle != NULL) *cred_handle = NULL;
  return complete;
}

OM_uint32 gss_import_name(OM_uint32* minor_status, gss_buffer_t input_name_buffer, gss_OID input_name_type,
                          gss_name_t* output_name) {
  (void)input_name_buffer, (void)input_name_type;
  if (output_name != NULL) *output_name = NULL;
  return gss_unavailable(minor_status);
}

OM_uint32 gss_release_name(OM_uint32* minor_status, gss_name_t* input_name) {
  if (minor_status != NULL) *minor_status = 0;
  if (input_name != NULL) *input_name = NULL;
  return complete;
}

OM_uint32 gss_init_sec_context(OM_uint32* minor_status, gss_cred_id_t claimant_cred_handle,
                               gss_ctx_id_t* context_handle, gss_name_t target_name, gss_OID mech_type,
                               OM_uint32 req_flags, OM_uint32 time_req, gss_channel_bindings_t input_chan_bindings,
                               gss_buffer_t input_token, gss_OID* actual_mech_type, gss_buffer_t output_token,
                               OM_uint32* ret_flags, OM_uint32* time_rec) {
  (void)claimant_cred_handle, (void)context_handle, (void)target_name, (void)mech_type, (void)req_flags;
  (void)time_req, (void)input_chan_bindings, (void)input_token;
  if (actual_mech_type != NULL) *actual_mech_type = NULL;
  if (output_token != NULL) *output_token = (gss_buffer_desc){0, NULL};
  if (ret_flags != NULL) *ret_flags = 0;
  if (time_rec != NULL) *time_rec = 0;
  return gss_unavailable(minor_status);
}

OM_uint32 gss_delete_sec_context(OM_uint32* minor_status, gss_ctx_id_t* context_handle, gss_buffer_t output_token) {
  if (minor_status != NULL) *minor_status = 0;
  if (context_handle != NULL) *context_handle = NULL;
  if (output_token != NULL) *output_token = (gss_buffer_desc){0, NULL};
  return complete;
}

/* The text is static; gss_release_buffer lets go of it without freeing it. */
OM_uint32 gss_display_status(OM_uint32* minor_status, OM_uint32 status_value, int status_type, gss_OID mech_type,
                             OM_uint32* message_context, gss_buffer_t status_string) {
  (void)status_value, (void)status_type, (void)mech_type;
  if (minor_status != NULL) *minor_status = 0;
  if (message_context != NULL) *message_context = 0;
  if (status_string != NULL) *status_string = (gss_buffer_desc){strlen(gss_text), gss_text};
  return complete;
}

OM_uint32 gss_release_buffer(OM_uint32* minor_status, gss_buffer_t buffer) {
  if (minor_status != NULL) *minor_status = 0;
  if (buffer != NULL) *buffer = (gss_buffer_desc){0, NULL};
  return complete;
}

OM_uint32 gss_wrap(OM_uint32* minor_status, gss_ctx_id_t context_handle, int conf_req_flag, OM_uint32 qop_req,
                   gss_buffer_t input_message_buffer, int* conf_state, gss_buffer_t output_message_buffer) {
  (void)context_handle, (void)conf_req_flag, (void)qop_req, (void)input_message_buffer;
  if (conf_state != NULL) *conf_state = 0;
  if (output_message_buffer != NULL) *output_message_buffer = (gss_buffer_desc){0, NULL};
  return gss_unavailable(minor_status);
}

OM_uint32 gss_unwrap(OM_uint32* minor_status, gss_ctx_id_t context_handle, gss_buffer_t input_message_buffer,
                     gss_buffer_t output_message_buffer, int* conf_state, OM_uint32* qop_state) {
  (void)context_handle, (void)input_message_buffer;
  if (output_message_buffer != NULL) *output_message_buffer = (gss_buffer_desc){0, NULL};
  if (conf_state != NULL) *conf_state = 0;
  if (qop_state != NULL) *qop_state = 0;
  return gss_unavailable(minor_status);
}

OM_uint32 gss_wrap_size_limit(OM_uint32* minor_status, gss_ctx_id_t context_handle, int conf_req_flag,
                              OM_uint32 qop_req, OM_uint32 req_output_size, OM_uint32* max_input_size) {
  (void)context_handle, (void)conf_req_flag, (void)qop_req, (void)req_output_size;
  if (max_input_size != NULL) *max_input_size = 0;
  return gss_unavailable(minor_status);
}

#pragma once

namespace pge {

/// Make the C library and OpenSSL independent of the image they run in; call before anything else uses them.
///
/// A static glibc would dlopen the NSS modules that the image's nsswitch.conf names, and die of SIGFPE in a foreign
/// one; an openssl.cnf that loads a provider does the same. So names come from files and DNS only, and OpenSSL reads
/// no configuration. Unless SSL_CERT_FILE or SSL_CERT_DIR is set, `sslrootcert=system` gets the first CA bundle that
/// exists at the places where distributions keep it.
void settle_runtime();

}  // namespace pge

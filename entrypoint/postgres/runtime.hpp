#pragma once

namespace pge {

// A static glibc would dlopen the NSS modules that the image's nsswitch.conf names, and die of SIGFPE in a foreign one;
// an openssl.cnf that loads a provider does the same.

/// Make the C library independent of the image that it runs in: names come from files and DNS only. Call it before
/// anything looks up a name.
void settle_names();

/// The same for OpenSSL, which reads no configuration then: in a stage, before anything hashes or connects. Process 1
/// needs no OpenSSL, and its tables would stay in memory for as long as the application is served. Unless SSL_CERT_FILE
/// or SSL_CERT_DIR is set, `sslrootcert=system` gets the first CA bundle that exists at the places where distributions
/// keep it.
void settle_openssl();

}  // namespace pge

#pragma once

#include <string>
#include <string_view>

#include "bench/runtime/time.hpp"

/// X.509 certificates of a test bench (RFC 5280).
namespace posbench::tls {

/// What a certificate says. Instants are of the rig's civil time, taken for UTC, whole seconds.
struct Subject {
    std::string name;  ///< host name or numeric address: common name and subject alternative name
    runtime::WallTime not_before, not_after;
    enum class Use { authority, server, client } use = Use::server;
};

/// A certificate for the public half of `key`, in PEM, signed by `issuer` (SHA-256 with RSA or ECDSA). Of the
/// same RSA keys and words it has the same octets, serial number included.
/// @param key private key in PEM
/// @param issuer private key in PEM; `key` itself makes a self-signed certificate
/// @param issuer_name common name of the issuer's certificate
/// @throws std::invalid_argument for a text that is no private key, without repeating it
std::string issue(const Subject& subject, std::string_view key, std::string_view issuer_name,
                  std::string_view issuer);

}  // namespace posbench::tls

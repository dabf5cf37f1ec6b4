#pragma once

#include <cstdint>
#include <string>

/// What the two ends of a TLS connection are told.
namespace posbench::tls {

/// As on the wire (RFC 8446, 4.2.1).
enum class Version : std::uint16_t { tls1_0 = 0x0301, tls1_1 = 0x0302, tls1_2 = 0x0303, tls1_3 = 0x0304 };

/// Key and certificate of one end, PEM; the certificate may be followed by those of its issuers.
struct Identity {
    std::string key;
    std::string certificates;
};

struct ServerSettings {
    Identity own;
    std::string client_authority;  ///< PEM; not empty: clients must have a certificate of it (mutual TLS)
    Version least = Version::tls1_2, most = Version::tls1_3;
    /// Where the handshake stops for ever, on purpose.
    enum class Stall {
        none,
        before_hello,   ///< the client's hello is never answered
        inside_flight,  ///< half of the server's first flight is sent
    } stall = Stall::none;
};

struct ClientSettings {
    std::string authority;  ///< PEM: certificates of these are believed
    std::string name;       ///< host name or numeric address that the server's certificate must bear
    Identity own;           ///< empty: none
    Version least = Version::tls1_2, most = Version::tls1_3;
    /// Checks of the server's certificate; a terminal that leaves one out is wrong.
    bool check_authority = true, check_name = true, check_time = true;
};

}  // namespace posbench::tls

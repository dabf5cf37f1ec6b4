#pragma once

#include <optional>
#include <string>

#include "bench/config/reader.hpp"
#include "drivers/tls/certificate.hpp"
#include "drivers/tls/settings.hpp"

/// The tables [tls] of a host's and of a terminal's profile (README.md lists the keys).
namespace posbench::tls {

/// A certificate that is issued when the run begins, because its dates are the run's.
struct ToIssue {
    std::string key;                        ///< of whom it is about, PEM
    std::string name;                       ///< common name and subject alternative name
    std::string issuer_name, issuer;        ///< issuer's common name and private key in PEM
    std::optional<runtime::WallTime> from;  ///< none: a year before the run begins
    std::optional<runtime::WallTime> until;
};

/// What a server is, but for certificates that are yet to be issued.
struct ServerProfile {
    ServerSettings settings;
    std::optional<ToIssue> certificate;

    /// With its certificate, for a run that begins at this civil time.
    ServerSettings at(runtime::WallTime start) const;
};

struct ClientProfile {
    ClientSettings settings;
    std::optional<ToIssue> certificate;

    ClientSettings at(runtime::WallTime start) const;
};

/// @param reader of the table [tls]; finished here
/// @throws config::ConfigError, which repeats nothing of a key; what can be issued and loaded is tried
ServerProfile read_server(config::Reader& reader);
/// @param own_name in certificates of its own: the terminal number
ClientProfile read_client(config::Reader& reader, const std::string& own_name);

}  // namespace posbench::tls

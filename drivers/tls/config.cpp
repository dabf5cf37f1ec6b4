#include "drivers/tls/config.hpp"

#include <stdexcept>
#include <vector>

#include "drivers/tls/engine.hpp"

namespace posbench::tls {
namespace {

using config::Reader;
using runtime::WallTime;

constexpr auto a_year = std::chrono::hours(24 * 365);
/// Of an authority: it was there before every run, and will be there after it.
constexpr WallTime always = std::chrono::sys_days(std::chrono::year(2000) / 1 / 1);
constexpr WallTime for_ever = std::chrono::sys_days(std::chrono::year(2099) / 1 / 1);
constexpr const char* usual_authority = "posbench test authority";

std::optional<Version> read_version(Reader& reader, std::string_view key) {
    const auto word = reader.choice(key, {"1.0", "1.1", "1.2", "1.3"});
    if (!word) return std::nullopt;
    return static_cast<Version>(static_cast<int>(Version::tls1_0) + ((*word)[2] - '0'));
}

/// Of a server's and of a client's settings.
template <class Settings>
void read_versions(Reader& reader, Settings& settings) {
    settings.least = read_version(reader, "least").value_or(settings.least);
    settings.most = read_version(reader, "most").value_or(std::max(settings.most, settings.least));
    if (settings.least > settings.most) reader.fail("most", "is an older version than 'least'");
}

/// A certificate in PEM, or one to be issued by `issuer`; `settings` has the key already.
std::optional<ToIssue> read_identity(Reader& reader, Identity& own, std::string name) {
    const auto key = reader.text("key");
    const auto certificate = reader.text("certificate");
    const auto issuer = reader.text("issuer");
    ToIssue to_issue;
    to_issue.issuer_name = reader.text("issuer_name").value_or(usual_authority);
    to_issue.from = reader.wall_time("valid_from");
    to_issue.until = reader.wall_time("valid_until");
    if (!key) {
        for (const char* with : {"certificate", "issuer", "issuer_name", "valid_from", "valid_until"})
            if (reader.has(with)) reader.fail(with, "there is no 'key' to it");
        return std::nullopt;
    }
    if (certificate && issuer) reader.fail("issuer", "there is a 'certificate' already");
    own.key = *key;
    if (certificate) {
        for (const char* with : {"issuer_name", "valid_from", "valid_until"})
            if (reader.has(with)) reader.fail(with, "is of a certificate that an 'issuer' issues");
        own.certificates = *certificate;
        return std::nullopt;
    }
    if (to_issue.from && to_issue.until && *to_issue.from >= *to_issue.until)
        reader.fail("valid_until", "is not after 'valid_from'");
    to_issue.key = *key;
    to_issue.name = std::move(name);
    to_issue.issuer = reader.require("issuer", issuer);
    return to_issue;
}

/// Certificates as they are given (`key`), or that of an authority of which the private key is given.
std::string read_authority(Reader& reader, std::string_view key, std::string_view private_key) {
    auto certificates = reader.text(key);
    const auto issuer = reader.text(private_key);
    if (certificates && issuer) reader.fail(private_key, "there is a certificate already");
    if (certificates) return *std::move(certificates);
    if (!issuer) return {};
    try {
        return issue({usual_authority, always, for_ever, Subject::Use::authority}, *issuer, usual_authority,
                     *issuer);
    } catch (const std::invalid_argument& error) {
        reader.fail(private_key, error.what());
    }
}

std::string issued(const ToIssue& what, Subject::Use use, WallTime start) {
    return issue({what.name, what.from.value_or(start - a_year), what.until.value_or(start + a_year), use},
                 what.key, what.issuer_name, what.issuer);
}

/// Everything is made once to see that it can be.
template <class Make>
void attempt(const Reader& reader, Make make) {
    try {
        make();
    } catch (const std::invalid_argument& error) {
        throw config::ConfigError(reader.source(), reader.what() + ": " + error.what());
    }
}

}  // namespace

ServerSettings ServerProfile::at(WallTime start) const {
    ServerSettings made = settings;
    if (certificate) made.own.certificates = issued(*certificate, Subject::Use::server, start);
    return made;
}

ClientSettings ClientProfile::at(WallTime start) const {
    ClientSettings made = settings;
    if (certificate) made.own.certificates = issued(*certificate, Subject::Use::client, start);
    return made;
}

ServerProfile read_server(Reader& reader) {
    ServerProfile profile;
    if (!reader.has("key")) reader.missing("key");
    const std::string name = reader.text("name").value_or("acquirer.test");
    profile.certificate = read_identity(reader, profile.settings.own, name);
    profile.settings.client_authority = read_authority(reader, "client_authority", "client_issuer");
    read_versions(reader, profile.settings);
    const auto stall = reader.choice("stall", {"none", "before_hello", "inside_flight"}).value_or("none");
    profile.settings.stall = stall == "before_hello"    ? ServerSettings::Stall::before_hello
                             : stall == "inside_flight" ? ServerSettings::Stall::inside_flight
                                                        : ServerSettings::Stall::none;
    reader.finish();
    attempt(reader, [&] { Engine::server(profile.at(always), always); });
    return profile;
}

ClientProfile read_client(Reader& reader, const std::string& own_name) {
    ClientProfile profile;
    profile.settings.name = reader.text("name").value_or("acquirer.test");
    profile.settings.authority = read_authority(reader, "authority", "authority_key");
    if (profile.settings.authority.empty()) reader.missing("authority");
    profile.certificate = read_identity(reader, profile.settings.own, own_name);
    read_versions(reader, profile.settings);
    reader.finish();
    attempt(reader, [&] { Engine::client(profile.at(always), always); });
    return profile;
}

}  // namespace posbench::tls

#include "bench/cli/argument_checks.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>

#include "bench/config/value.hpp"

namespace posbench::cli {
namespace {

bool is_numeric(const std::string& address) {
    in6_addr octets{};
    return inet_pton(AF_INET, address.c_str(), &octets) == 1 ||
           inet_pton(AF_INET6, address.c_str(), &octets) == 1;
}

/// Letters, digits, hyphens and points (RFC 1123 clause 2.1). What has only digits and points is a mistyped
/// address and no name.
bool is_name(const std::string& host) {
    constexpr std::size_t longest = 253;
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto other = [](char c) { return (c >= '0' && c <= '9') || c == '-' || c == '.'; };
    return host.size() <= longest && std::ranges::any_of(host, letter) &&
           std::ranges::all_of(host, [&](char c) { return letter(c) || other(c); });
}

std::string check_host_and_port(const std::string& text, unsigned lowest_port) {
    const std::size_t colon = text.rfind(':');
    const std::string host = text.substr(0, colon == std::string::npos ? 0 : colon);
    const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    const bool is_port =
        error == std::errc() && end == port.data() + port.size() && number >= lowest_port && number <= 65535;
    return (is_numeric(host) || is_name(host)) && is_port ? "" : "'" + text + "' is not ADDRESS:PORT";
}

/// The first address of a name, one of IPv4 before all others.
/// @throws ConfigError when it has none
std::string resolve(const std::string& name) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int error = getaddrinfo(name.c_str(), nullptr, &wanted, &found);
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
    if (error != 0)
        throw config::ConfigError({}, fmt::format("no address of {}: {}", name, gai_strerror(error)));
    const addrinfo* chosen = found;
    while (chosen && chosen->ai_family != AF_INET) chosen = chosen->ai_next;
    if (!chosen) chosen = found;
    std::array<char, INET6_ADDRSTRLEN> text{};
    getnameinfo(chosen->ai_addr, chosen->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
    return text.data();
}

}  // namespace

std::string check_metrics_endpoint(const std::string& text) {
    const std::string port = text.substr(text.rfind(':') + 1);
    const bool digits =
        !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
    return digits && std::stoi(port) <= 65535 ? "" : "'" + text + "' is neither PORT nor ADDRESS:PORT";
}

std::string check_seed(const std::string& text) {
    std::uint64_t seed = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
    const bool number = error == std::errc() && end == text.data() + text.size();
    return number ? "" : "'" + text + "' is no number from 0 to 18446744073709551615";
}

std::string check_address(const std::string& text) {
    return check_host_and_port(text, 1);
}

std::string check_listen_address(const std::string& text) {
    return check_host_and_port(text, 0);
}

runtime::Endpoint endpoint_of(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    const std::string host = address.substr(0, colon);
    return {is_numeric(host) ? host : resolve(host),
            static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1)))};
}

}  // namespace posbench::cli

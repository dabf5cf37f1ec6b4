#include "bench/cli/argument_checks.hpp"

#include <charconv>

#include <arpa/inet.h>

namespace posbench::cli {
namespace {

std::string check_numeric_address(const std::string& text, unsigned lowest_port) {
    const std::size_t colon = text.rfind(':');
    const std::string address = text.substr(0, colon == std::string::npos ? 0 : colon);
    const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
    in6_addr octets{};
    const bool numeric = inet_pton(AF_INET, address.c_str(), &octets) == 1 ||
                         inet_pton(AF_INET6, address.c_str(), &octets) == 1;
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    const bool is_port =
        error == std::errc() && end == port.data() + port.size() && number >= lowest_port && number <= 65535;
    return numeric && is_port ? "" : "'" + text + "' is not a numeric ADDRESS:PORT";
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
    return check_numeric_address(text, 1);
}

std::string check_listen_address(const std::string& text) {
    return check_numeric_address(text, 0);
}

runtime::Endpoint endpoint_of(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    return {address.substr(0, colon), static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1)))};
}

}  // namespace posbench::cli

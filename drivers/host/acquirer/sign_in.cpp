#include "drivers/host/acquirer/sign_in.hpp"

#include <utility>

namespace posbench::host {
namespace {

constexpr std::string_view sign_off = "002";
constexpr std::string_view echo = "301";

}  // namespace

Managed manage(const Request& request, Session* session, const Downloads& downloads,
               runtime::Random& random) {
    if (!session) return {.code = "97", .batch = {}, .field62 = {}, .check = "terminal_known"};
    if (session->profile().mid != request.mid())
        return {.code = "03", .batch = {}, .field62 = {}, .check = "merchant_matches"};
    if (!request.field60_readable) return {.code = "30", .batch = {}, .field62 = {}, .check = "complete"};

    const bool is_sign_in = request.message.mti() == "0800";
    const std::string& function = request.field60.network_management;
    if (const auto form = key_form(function); is_sign_in && form) {
        const WorkingKeys keys = draw_keys(*form, random);
        return {.code = "00", .batch = session->batch().number(), .field62 = session->sign_in(keys)};
    }
    if (!is_sign_in && function == sign_off) {
        session->sign_off();
        return {.code = "00", .batch = {}, .field62 = {}};
    }
    if (!is_sign_in && function == echo) return {.code = "00", .batch = {}, .field62 = {}};
    if (auto answer = download(downloads, function, request.message.bytes(62))) {
        session->fetched(answer->fetched);
        return {.code = answer->code, .batch = {}, .field62 = std::move(answer->field62)};
    }
    return {.code = "40", .batch = {}, .field62 = {}};
}

}  // namespace posbench::host

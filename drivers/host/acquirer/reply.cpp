#include "drivers/host/acquirer/reply.hpp"

#include <cstdint>
#include <cstdlib>
#include <initializer_list>

#include <fmt/format.h>

#include "drivers/protocols/iso8583/civil_time.hpp"

namespace posbench::host {
namespace {

void echo(iso8583::Message& reply, const Request& request, std::initializer_list<int> fields) {
    for (int field : fields)
        if (request.message.has(field)) reply.set(field, std::string(request.message.get(field)));
}

}  // namespace

std::string_view organisation(std::string_view pan) {
    if (pan.starts_with('4')) return "VIS";
    if (pan.starts_with('5') || pan.starts_with('2')) return "MCC";
    if (pan.starts_with("34") || pan.starts_with("37")) return "AMX";
    if (pan.starts_with("35")) return "JCB";
    return "CUP";
}

iso8583::Message reply_to(const Request& request, const Profile& profile, std::string_view code,
                          std::string_view rrn, runtime::WallTime now) {
    iso8583::Message reply(iso8583::reply_mti(request.message.mti()));
    const iso8583::CivilTime time(now);
    echo(reply, request, {3, 11, 25, 41, 42, 49, 53, 60});
    reply.set(12, time.hhmmss());
    reply.set(13, time.mmdd());
    reply.set(32, profile.acquirer);
    reply.set(37, std::string(rrn));
    reply.set(39, std::string(code));
    return reply;
}

void add_financial_fields(iso8583::Message& reply, const Request& request, const Profile& profile,
                          runtime::WallTime now) {
    echo(reply, request, {4, 23});
    if (!request.card.pan.empty()) {
        reply.set(2, request.card.pan);
        reply.set(63, std::string(organisation(request.card.pan)));
    }
    if (request.card.expiry.size() == 4) reply.set(14, request.card.expiry);
    reply.set(15, iso8583::CivilTime(now).mmdd());
    reply.set(44, fmt::format("{:<11}{:<11}", profile.issuer, profile.acquirer));
}

std::optional<std::string> balance_field(const Request& request, Amount balance) {
    constexpr std::int64_t most = 999'999'999'999;
    if (std::abs(balance.minor()) > most) return std::nullopt;
    return fmt::format("{}02{:03}{}{:012}", request.message.get(3).substr(2, 2), balance.currency().numeric,
                       balance.minor() < 0 ? 'D' : 'C', std::abs(balance.minor()));
}

}  // namespace posbench::host

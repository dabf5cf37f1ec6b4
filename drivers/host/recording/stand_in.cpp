#include "drivers/host/recording/stand_in.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "drivers/protocols/iso8583/private_fields.hpp"

namespace posbench::host {
namespace {

constexpr int amount_field = 4;
/// Of the clock, of other keys, or of a chip that gave another cryptogram.
constexpr int not_repeated[]{12, 13, 55, 62, 64, 128};

/// Fields 60.1 and 60.3: what kind of transaction, or of network management.
std::string kind_of(std::string_view field60) {
    const auto parts = iso8583::parse_field60(field60);
    return parts ? parts->transaction_type + '/' + parts->network_management : std::string();
}

bool same_kind(const KeptMessage& a, const KeptMessage& b) {
    return a.mti == b.mti && a.get(3) == b.get(3) && a.get(25) == b.get(25) &&
           kind_of(a.get(60)) == kind_of(b.get(60));
}

}  // namespace

StandIn::StandIn(std::vector<RecordedExchange> exchanges) : left_(exchanges.size()) {
    kept_.reserve(exchanges.size());
    for (RecordedExchange& exchange : exchanges) kept_.push_back({std::move(exchange), false});
}

StandIn StandIn::load(const std::filesystem::path& file) {
    std::ifstream in(file);
    if (!in) throw std::system_error(errno, std::generic_category(), "reading " + file.string());
    std::vector<RecordedExchange> exchanges;
    std::size_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (line.empty()) continue;
        auto exchange = parse_recorded(line);
        if (!exchange)
            throw std::invalid_argument(
                fmt::format("{}:{}: {}", file.string(), number, exchange.error().what));
        exchanges.push_back(*std::move(exchange));
    }
    if (in.bad()) throw std::system_error(errno, std::generic_category(), "reading " + file.string());
    return StandIn(std::move(exchanges));
}

const RecordedExchange* StandIn::take(const KeptMessage& request) {
    enum { any, amount, card_and_amount };
    for (const int closeness : {card_and_amount, amount, any}) {
        const auto fits = [&](const Kept& kept) {
            const KeptMessage& recorded = kept.exchange.request;
            return !kept.taken && same_kind(recorded, request) &&
                   (closeness < amount || recorded.get(amount_field) == request.get(amount_field)) &&
                   (closeness < card_and_amount || recorded.pan == request.pan);
        };
        const auto found = std::ranges::find_if(kept_, fits);
        if (found == kept_.end()) continue;
        found->taken = true;
        --left_;
        return &found->exchange;
    }
    return nullptr;
}

iso8583::Message answer_like(const iso8583::Dialect& dialect, const RecordedExchange& recorded,
                             const iso8583::Message& request) {
    const KeptMessage& reply = recorded.reply.value();
    iso8583::Message answer(reply.mti);
    for (const auto& [field, value] : reply.fields) {
        if (std::ranges::find(not_repeated, field) != std::end(not_repeated)) continue;
        const bool repeated = recorded.request.get(field) == value && request.has(field);
        if (repeated)
            answer.set(field, std::string(request.get(field)));
        else if (dialect.field(field).content == iso8583::Content::octets)
            answer.set(field, from_hex(value).value_or(Bytes()));
        else
            answer.set(field, value);
    }
    for (const int field : reply.hidden) {
        const bool own = std::ranges::find(not_repeated, field) != std::end(not_repeated);
        if (!own && request.has(field)) answer.set(field, std::string(request.get(field)));
    }
    return answer;
}

}  // namespace posbench::host

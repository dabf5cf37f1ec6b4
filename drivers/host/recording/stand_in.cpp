#include "drivers/host/recording/stand_in.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "bench/runtime/ascii.hpp"
#include "bench/trace/mask.hpp"
#include "drivers/protocols/iso8583/describe.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"

namespace posbench::host {
namespace {

using iso8583::Message;

constexpr int pan_field = 2;
constexpr int amount_field = 4;
constexpr int private_field = 60;
/// Of the clock, of other keys, or of a chip that gave another cryptogram.
constexpr int not_repeated[]{12, 13, 55, 62, 64, 128};
/// Longest PAN (ISO/IEC 7812-1).
constexpr std::size_t longest_pan = 19;

/// What must be the same for one answer to serve another request.
struct Kind {
    std::string mti, processing_code, condition_code, transaction_type, network_management;

    std::string name() const {
        return fmt::format("{}/{}/{}/{}/{}", mti, processing_code, condition_code, transaction_type,
                           network_management);
    }
    std::vector<std::string> differs(const Kind& other) const {
        std::vector<std::string> fields;
        if (processing_code != other.processing_code) fields.emplace_back("field 3");
        if (condition_code != other.condition_code) fields.emplace_back("field 25");
        if (transaction_type != other.transaction_type) fields.emplace_back("field 60.1");
        if (network_management != other.network_management) fields.emplace_back("field 60.3");
        return fields;
    }
};

Kind kind_of(std::string_view mti, std::string_view field3, std::string_view field25,
             std::string_view field60) {
    Kind kind{std::string(mti), std::string(field3), std::string(field25), {}, {}};
    if (auto parts = iso8583::parse_field60(field60)) {
        kind.transaction_type = std::move(parts->transaction_type);
        kind.network_management = std::move(parts->network_management);
    }
    return kind;
}

Kind kind_of(const KeptMessage& kept) {
    return kind_of(kept.mti, kept.get(3), kept.get(25), kept.get(private_field));
}

Kind kind_of(const Message& message) {
    return kind_of(message.mti(), message.get(3), message.get(25), message.get(private_field));
}

std::string masked_pan(const Message& message) {
    const std::string_view pan = iso8583::pan_of(message);
    return pan.empty() ? std::string() : trace::mask_pan(pan);
}

/// The closest first: by kind, card and amount; by kind and amount; by kind.
std::array<std::string, 3> names_of(const std::string& kind, std::string_view amount, std::string_view pan) {
    return {fmt::format("{}/{}/{}", kind, amount, pan), fmt::format("{}/{}", kind, amount), kind};
}

/// Card and amount, where they are other ones.
std::vector<std::string> differing(const KeptMessage& recorded, const Message& request) {
    std::vector<std::string> fields;
    if (recorded.get(amount_field) != request.get(amount_field)) fields.emplace_back("field 4");
    if (recorded.pan != masked_pan(request)) fields.emplace_back("card");
    return fields;
}

/// Field 60 of the answer: its own, with this request's batch where it had that of its own request. Empty
/// when it has no batch.
std::string renumbered(std::string_view reply60, std::string_view recorded60, std::string_view request60) {
    auto reply = iso8583::parse_field60(reply60);
    const auto recorded = iso8583::parse_field60(recorded60);
    const auto request = iso8583::parse_field60(request60);
    if (!reply || !recorded || !request || reply->batch != recorded->batch) return {};
    reply->batch = request->batch;
    return reply->to_string();
}

void repeat(Message& answer, int field, const Message& request) {
    if (field == pan_field) {
        const std::string_view pan = iso8583::pan_of(request);
        if (!pan.empty() && pan.size() <= longest_pan && runtime::is_all_digits(pan))
            answer.set(field, std::string(pan));
    } else if (request.has(field)) {
        answer.set(field, std::string(request.get(field)));
    }
}

}  // namespace

StandIn::StandIn(std::shared_ptr<const Recording> recording)
    : recording_(std::move(recording)), taken_(recording_->size()) {
    for (std::size_t i = 0; i < recording_->size(); ++i) {
        const KeptMessage& request = (*recording_)[i].exchange.request;
        const std::string kind = kind_of(request).name();
        const auto names = names_of(kind, request.get(amount_field), request.pan);
        for (std::size_t level = 0; level < names.size(); ++level) waiting_[level][names[level]].push_back(i);
        kinds_[kind] = i;
    }
}

StandIn::Found StandIn::take(const Message& request) {
    const auto names = names_of(kind_of(request).name(), request.get(amount_field), masked_pan(request));
    for (std::size_t level = 0; level < names.size(); ++level) {
        const auto found = waiting_[level].find(names[level]);
        if (found == waiting_[level].end()) continue;
        auto& queue = found->second;
        while (!queue.empty() && taken_[queue.front()]) queue.pop_front();
        if (queue.empty()) continue;
        const std::size_t index = queue.front();
        taken_[index] = true;
        const Recorded& recorded = (*recording_)[index];
        return {&recorded.exchange, recorded.line, differing(recorded.exchange.request, request)};
    }
    return nearest(request);
}

StandIn::Found StandIn::nearest(const Message& request) const {
    const Kind wanted = kind_of(request);
    Found best;
    for (const auto& [name, index] : kinds_) {
        const Recorded& recorded = (*recording_)[index];
        const Kind kind = kind_of(recorded.exchange.request);
        if (kind.mti != wanted.mti) continue;
        auto differs = kind.differs(wanted);
        if (best.line != 0 && differs.size() >= best.differs.size()) continue;
        best = {nullptr, recorded.line, std::move(differs)};
    }
    return best;
}

Message answer_like(const iso8583::Dialect& dialect, const RecordedExchange& recorded,
                    const Message& request) {
    const KeptMessage& reply = recorded.reply.value();
    Message answer(reply.mti);
    const auto is_repeated = [](int field) {
        return std::ranges::find(not_repeated, field) == std::end(not_repeated);
    };
    for (const auto& [field, value] : reply.fields) {
        if (!is_repeated(field)) continue;
        if (recorded.request.get(field) == value && request.has(field))
            repeat(answer, field, request);
        else
            set_kept(answer, dialect, field, value);
    }
    for (const int field : reply.hidden)
        if (is_repeated(field)) repeat(answer, field, request);
    if (!reply.get(private_field).empty()) {
        const std::string own = renumbered(reply.get(private_field), recorded.request.get(private_field),
                                           request.get(private_field));
        if (!own.empty()) answer.set(private_field, own);
    }
    return answer;
}

}  // namespace posbench::host

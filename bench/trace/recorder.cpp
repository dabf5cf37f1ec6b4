#include "bench/trace/recorder.hpp"

#include <algorithm>
#include <bitset>
#include <span>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/trace/field_place.hpp"
#include "bench/trace/jsonl.hpp"

namespace posbench::trace {
namespace {

bool has_type(const FieldValue& value, FieldType type) noexcept {
    switch (type) {
        case FieldType::boolean:
            return std::holds_alternative<bool>(value);
        case FieldType::integer:
            return std::holds_alternative<std::int64_t>(value);
        case FieldType::text:
            return std::holds_alternative<std::string>(value);
        case FieldType::list:
            return std::holds_alternative<std::vector<std::string>>(value);
    }
    return false;
}

/// place_of(), looked for from `likely` on first: emitters mostly keep the table's order.
std::size_t likely_place_of(std::span<const FieldSpec> known, std::string_view name,
                            std::size_t likely) noexcept {
    const std::size_t place = place_of(known, name, likely);
    if (place < known.size()) return place;
    const std::size_t before = place_of(known.first(likely), name, 0);
    return before < likely ? before : known.size();
}

/// At most so many octets does a value take in JSON: an octet of a text becomes six (\u007f), of a short one
/// a quote each side and a comma besides.
std::size_t most_octets(const FieldValue& value) noexcept {
    const auto of_text = [](const std::string& text) { return 6 * text.size() + 3; };
    if (const auto* text = std::get_if<std::string>(&value)) return of_text(*text);
    std::size_t octets = 24;
    if (const auto* list = std::get_if<std::vector<std::string>>(&value))
        for (const std::string& item : *list) octets += of_text(item);
    return octets;
}

/// The event as a line must be one that is read again. Most are far below the bound, and are not written to
/// see.
void check_length(const Event& event) {
    std::size_t most = 64 + spec(event.kind).name.size();
    for (const Field& field : event.fields) most += field.name.size() + 4 + most_octets(field.value);
    if (most <= longest_line) return;
    std::string line;
    append_json(line, event);
    if (line.size() > longest_line)
        throw std::logic_error(fmt::format("{}: longer as a line of a trace than {} octets",
                                           spec(event.kind).name, longest_line));
}

/// Checks the fields against the vocabulary and lets their names point into it.
void check(const KindSpec& kind, Fields& fields) {
    std::bitset<most_fields> given;
    std::size_t next = 0;
    for (Field& field : fields) {
        const std::size_t place = likely_place_of(kind.fields, field.name, next);
        if (place == kind.fields.size())
            throw std::logic_error(fmt::format("{} has no field '{}'", kind.name, field.name));
        const FieldSpec& known = kind.fields[place];
        if (given.test(place))
            throw std::logic_error(fmt::format("{}: field '{}' is given twice", kind.name, field.name));
        if (const std::string fault = fault_of(known, field.value); !fault.empty())
            throw std::logic_error(fmt::format("{}: field '{}' {}", kind.name, field.name, fault));
        given.set(place);
        field.name = known.name;
        next = place + 1;
    }
    for (std::size_t place = 0; place < kind.fields.size(); ++place)
        if (kind.fields[place].required && !given.test(place))
            throw std::logic_error(
                fmt::format("{}: field '{}' is missing", kind.name, kind.fields[place].name));
}

}  // namespace

std::string fault_of(const FieldSpec& field, const FieldValue& value) {
    if (!has_type(value, field.type)) return fmt::format("must be {}", to_string(field.type));
    if (field.words.empty()) return {};
    const auto taken = [&](std::string_view word) { return field.takes(word); };
    const auto* text = std::get_if<std::string>(&value);
    const auto* list = std::get_if<std::vector<std::string>>(&value);
    if ((text && !taken(*text)) || (list && !std::ranges::all_of(*list, taken)))
        return fmt::format("{} {}", list ? "may hold" : "must be one of", fmt::join(field.words, ", "));
    return {};
}

const FieldValue* Event::find(std::string_view name) const noexcept {
    for (const Field& field : fields)
        if (field.name == name) return &field.value;
    return nullptr;
}

std::string_view Event::text(std::string_view name) const noexcept {
    const FieldValue* value = find(name);
    const auto* text = value ? std::get_if<std::string>(value) : nullptr;
    return text ? std::string_view(*text) : std::string_view();
}

std::optional<std::int64_t> Event::integer(std::string_view name) const noexcept {
    const FieldValue* value = find(name);
    const auto* number = value ? std::get_if<std::int64_t>(value) : nullptr;
    return number ? std::optional(*number) : std::nullopt;
}

bool Event::flag(std::string_view name) const noexcept {
    const FieldValue* value = find(name);
    const auto* flag = value ? std::get_if<bool>(value) : nullptr;
    return flag && *flag;
}

void Recorder::emit(Kind kind, Fields fields) {
    emit_at(clock_.now(), kind, std::move(fields));
}

void Recorder::emit_at(runtime::TimePoint at, Kind kind, Fields fields) {
    if (!is_read()) return;
    check(spec(kind), fields);
    Event event{at, kind, std::move(fields)};
    check_length(event);
    if (!keeps_) return pass_on(event);
    events_.push_back(std::move(event));
    pass_on(events_.back());
}

void Recorder::pass_on(const Event& event) {
    if (sink_) sink_->write(event);
    for (std::size_t i = 0; i < observers_.size(); ++i) observers_[i](event);
}

}  // namespace posbench::trace

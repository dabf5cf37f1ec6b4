#include "bench/cli/trace_words.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/judge/explain.hpp"
#include "drivers/card/dialogue.hpp"
#include "drivers/protocols/emv/mask.hpp"
#include "drivers/protocols/emv/masked_octets.hpp"

namespace posbench::cli {
namespace {

/// The command as far as the trace has it, what it hides as zeros; none where not even its header is there.
std::optional<Bytes> command_of(const trace::Event& event) {
    auto command = from_hex(event.text("header"));
    if (!command || command->size() != 4) return std::nullopt;
    const auto data = emv::octets_of_masked_values(event.text("data"));
    if (!data || data->empty() || data->size() > 0xFF) return command;
    command->push_back(static_cast<std::uint8_t>(data->size()));
    command->insert(command->end(), data->begin(), data->end());
    return command;
}

/// The answer likewise; without a status word where there was none.
Bytes answer_of(const trace::Event& event) {
    const auto sw = from_hex(event.text("sw"));
    if (!sw || sw->size() != 2) return {};
    const std::string_view response = event.text("response");
    const auto data = event.text("command") == "GET CHALLENGE" ? emv::read_masked_hex(response)
                                                               : emv::read_masked_tlv(response);
    Bytes answer = data ? data->octets : Bytes();
    append(answer, *sw);
    return answer;
}

/// Octets of which the trace tells the number alone: "brings <74 bytes>".
std::string counted(std::string_view verb, std::string_view text) {
    return text.starts_with('<') ? fmt::format(", {} {}", verb, text) : "";
}

/// "Application Interchange Profile 1C00"; of a long value its text, or the name alone.
std::string object_in_words(const emv::Line& line) {
    constexpr std::size_t longest_value = 24;
    if (line.value.size() <= longest_value) return fmt::format("{} {}", line.name, line.value);
    const std::size_t text = line.value.find('"');
    return text == std::string::npos ? line.name : fmt::format("{} {}", line.name, line.value.substr(text));
}

/// "brings Application Interchange Profile 1C00, Application File Locator 08010100, +1". What is named below
/// an object with a value, a list's entries, is part of it.
std::string told(std::string_view verb, const emv::Lines& lines) {
    constexpr std::size_t most_objects = 4;
    constexpr int no_list = std::numeric_limits<int>::max();
    std::vector<std::string> objects;
    int list_depth = no_list;
    for (const emv::Line& line : lines) {
        if (line.depth > list_depth || line.tag.empty()) continue;
        list_depth = line.value.empty() ? no_list : line.depth;
        if (!line.value.empty()) objects.push_back(object_in_words(line));
    }
    if (objects.empty()) return {};
    const std::size_t more = objects.size() - std::min(objects.size(), most_objects);
    objects.resize(objects.size() - more);
    const std::string rest = more > 0 ? fmt::format(", +{}", more) : "";
    return fmt::format(", {} {}{}", verb, fmt::join(objects, ", "), rest);
}

void put(trace::Event& event, std::string_view name, std::string_view more) {
    for (trace::Field& field : event.fields)
        if (auto* text = std::get_if<std::string>(&field.value); text && field.name == name && !more.empty())
            *text += fmt::format(" {}", more);
}

std::string tell(const trace::Event& event, card::Dialogue& dialogue) {
    const auto command = command_of(event);
    if (!command) return judge::explain_fields(event);
    const card::Exchange heard = dialogue.hear(*command, answer_of(event));
    trace::Event worded = event;
    put(worded, "header", heard.asks);
    if (heard.sw) put(worded, "sw", heard.sw_in_words);
    return judge::explain_fields(worded) + counted("sends", event.text("data")) + told("sends", heard.data) +
           counted("brings", event.text("response")) + told("brings", heard.response);
}

}  // namespace

std::vector<std::string> tell_with_cards(const std::vector<trace::Event>& events) {
    std::vector<std::string> texts;
    texts.reserve(events.size());
    card::Dialogue dialogue(emv::Secrets::masked);
    for (const trace::Event& event : events) {
        if (event.kind == trace::Kind::card_reset) dialogue.reset();
        texts.push_back(event.kind == trace::Kind::card_apdu ? tell(event, dialogue)
                                                             : judge::explain_fields(event));
    }
    return texts;
}

}  // namespace posbench::cli

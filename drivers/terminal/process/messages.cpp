#include "drivers/terminal/process/messages.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/trace/jsonl.hpp"
#include "drivers/terminal/condition.hpp"
#include "drivers/terminal/process/settings_json.hpp"

namespace posbench::terminal::process {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t longest_text = 4096;
constexpr std::size_t longest_code = 64;
constexpr std::size_t longest_apdu = 65'544;  // extended length: ISO/IEC 7816-4, 5.1
constexpr std::size_t most_transitions = 4096;
constexpr std::size_t deepest = 32;         // objects and lists in each other
constexpr std::size_t most_members = 256;   // of one object
constexpr std::size_t most_values = 16384;  // of a line: a swipe of three tracks has 12,288 intervals
constexpr std::array<std::string_view, 15> names{
    "hello",         "scan",          "condition",      "lacks", "key",           "choose",
    "card.state",    "card.answer",   "ready",          "idle",  "card.power_up", "card.warm_reset",
    "card.activate", "card.transmit", "card.power_down"};

/// How an answer names what went wrong, in the order of card::ReaderError.
constexpr std::array<std::string_view, 3> reader_errors{"mute", "removed", "collision"};

/// What breaks the protocol; becomes the Error of decode_*.
struct Malformed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Goes through a line without keeping anything of it: whether it is one JSON object, and of a size that can
/// be built. A document has to be small before it is built: to find a member's place among those that came
/// before takes ordered_json a time that grows with their number.
class LineSurvey final : public nlohmann::json_sax<ordered_json> {
  public:
    bool is_message = false;  ///< the object has a member `message`
    std::string error;

    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }
    bool number_unsigned(number_unsigned_t) override { return value(); }
    bool number_float(number_float_t, const string_t&) override { return value(); }
    bool string(string_t&) override { return value(); }
    bool binary(binary_t&) override { return value(); }
    bool start_object(std::size_t) override { return (begun_ ? value() : begin()) && open(); }
    bool start_array(std::size_t) override { return value() && open(); }
    bool key(string_t& name) override {
        is_message = is_message || (members_.size() == 1 && name == "message");
        if (++members_.back() <= most_members) return true;
        return refuse(fmt::format("an object of the line has more than {} members", most_members));
    }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
        return refuse("the line is not JSON");
    }

  private:
    bool begin() { return begun_ = true; }
    bool value() {
        if (!begun_) return refuse("the line is not a JSON object");
        if (++values_ <= most_values) return true;
        return refuse(fmt::format("the line holds more than {} values", most_values));
    }
    bool open() {
        members_.push_back(0);
        if (members_.size() <= deepest) return true;
        return refuse(fmt::format("the line is nested more than {} deep", deepest));
    }
    bool close() {
        members_.pop_back();
        return true;
    }
    bool refuse(std::string reason) {
        error = std::move(reason);
        return false;
    }

    bool begun_ = false;
    std::size_t values_ = 0;
    std::vector<std::size_t> members_;  ///< so far, of each object and list that is open
};

/// Takes the members out of one message, checked, and refuses at the end those nobody asked for.
class Members {
  public:
    explicit Members(const ordered_json& object, std::string what) : object_(object), what_(std::move(what)) {
        if (!object_.is_object()) fail("must be an object");
    }

    const ordered_json& raw(const char* key) {
        const auto found = object_.find(key);
        if (found == object_.end()) fail(fmt::format("'{}' is missing", key));
        ++taken_;
        return *found;
    }
    bool has(const char* key) const { return object_.contains(key); }
    bool boolean(const char* key) {
        const ordered_json& value = raw(key);
        if (!value.is_boolean()) fail(fmt::format("'{}' must be true or false", key));
        return value.get<bool>();
    }
    std::string text(const char* key, std::size_t longest = longest_text) {
        const ordered_json& value = raw(key);
        if (!value.is_string()) fail(fmt::format("'{}' must be a text", key));
        const auto& text = value.get_ref<const std::string&>();
        if (text.size() > longest) fail(fmt::format("'{}' is longer than {} octets", key, longest));
        return text;
    }
    std::int64_t integer(const char* key, std::int64_t low, std::int64_t high) {
        const ordered_json& value = raw(key);
        if (!value.is_number_integer() ||
            (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) ||
            value.get<std::int64_t>() < low || value.get<std::int64_t>() > high)
            fail(fmt::format("'{}' must be an integer from {} to {}", key, low, high));
        return value.get<std::int64_t>();
    }
    std::uint64_t number(const char* key) { return static_cast<std::uint64_t>(integer(key, 0, INT64_MAX)); }
    Bytes octets(const char* key) {
        auto octets = from_hex(text(key, 2 * longest_apdu));
        if (!octets) fail(fmt::format("'{}' must be hexadecimal", key));
        return *std::move(octets);
    }
    void call(std::string what) { what_ = std::move(what); }
    void finish() const {
        if (taken_ != object_.size()) fail("has a member the protocol does not know");
    }
    [[noreturn]] void fail(const std::string& message) const { throw Malformed(what_ + ": " + message); }

  private:
    const ordered_json& object_;
    std::string what_;
    std::size_t taken_ = 0;
};

/// "18446744073709551615": JSON's numbers would lose the lowest bits of a seed in many a language.
std::uint64_t decimal(Members& members, const char* key) {
    const std::string text = members.text(key);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        members.fail(fmt::format("'{}' must be decimal digits", key));
    return number;
}

std::vector<std::uint32_t> intervals(Members& members, const char* key) {
    const ordered_json& array = members.raw(key);
    if (!array.is_array() || array.size() > most_transitions)
        members.fail(fmt::format("'{}' must be a list of at most {} intervals", key, most_transitions));
    std::vector<std::uint32_t> track;
    track.reserve(array.size());
    for (const ordered_json& interval : array) {
        if (!interval.is_number_unsigned() || interval.get<std::uint64_t>() > UINT32_MAX)
            members.fail(fmt::format("'{}' must hold nanoseconds, integers of 32 bits", key));
        track.push_back(interval.get<std::uint32_t>());
    }
    return track;
}

card::Swipe swipe(const ordered_json& json) {
    Members members(json, "card.state swipe");
    card::Swipe swipe{intervals(members, "track1"), intervals(members, "track2"),
                      intervals(members, "track3")};
    members.finish();
    return swipe;
}

Hello hello(Members& members) {
    Hello hello;
    if (members.integer("protocol", 0, INT64_MAX) != protocol_version)
        members.fail(fmt::format("'protocol' must be {}", protocol_version));
    hello.start_ns = members.integer("start_ns", INT64_MIN, INT64_MAX);
    hello.wall_start = runtime::WallTime(runtime::Duration(members.integer("wall_start_ns", 0, INT64_MAX)));
    hello.seed = decimal(members, "seed");
    hello.host.address = members.text("host_address");
    hello.host.port = static_cast<std::uint16_t>(members.integer("host_port", 1, 65535));
    hello.flash = members.text("flash");
    const ordered_json& settings = members.raw("settings");
    if (!settings.is_object()) members.fail("'settings' must be an object");
    hello.settings = from_json(settings);
    return hello;
}

Condition condition(Members& members) {
    Condition condition;
    condition.input = members.number("input");
    const ordered_json& change = members.raw("change");
    if (!change.is_object()) members.fail("'change' must be an object");
    condition.change = from_json(change);
    try {
        read_condition(condition.change);
    } catch (const config::ConfigError&) {  // it repeats what was said
        members.fail("'change' must hold conditions of a terminal and values they take");
    }
    return condition;
}

CardState card_state(Members& members) {
    CardState state{members.boolean("present"), std::nullopt};
    if (members.has("in_field")) state.in_field = static_cast<int>(members.integer("in_field", 0, 2));
    if (members.has("swipe")) state.swipe = swipe(members.raw("swipe"));
    return state;
}

CardAnswer card_answer(Members& members) {
    const std::uint64_t id = members.number("id");
    if (!members.has("error")) return {id, members.octets("data")};
    const std::string error = members.text("error");
    const auto found = std::ranges::find(reader_errors, error);
    if (found == reader_errors.end()) members.fail("'error' must be mute, removed or collision");
    return {id, static_cast<card::ReaderError>(found - reader_errors.begin())};
}

Choose choose(Members& members) {
    const std::uint64_t input = members.number("input");
    const auto function = find_function(members.text("function"));
    if (!function) members.fail("'function' names no function of the menu");
    return {input, *function};
}

ToTerminal message_to_terminal(const std::string& name, Members& members) {
    if (name == "hello") return hello(members);
    if (name == "key") {
        const std::uint64_t input = members.number("input");
        return Key{input, members.text("key")};
    }
    if (name == "choose") return choose(members);
    if (name == "scan") {
        const std::uint64_t input = members.number("input");
        return Scan{input, members.text("code", longest_code)};
    }
    if (name == "condition") return condition(members);
    if (name == "card.state") return card_state(members);
    if (name == "card.answer") return card_answer(members);
    members.fail("the protocol knows no such message to the terminal");
}

ToBench message_to_bench(const std::string& name, Members& members) {
    if (name == "ready") return Ready{members.text("program")};
    if (name == "idle") {
        const std::uint64_t after = members.number("after");
        return Idle{after, members.boolean("idle")};
    }
    if (name == "lacks") return Lacks{members.text("what")};
    if (name == "card.power_up") return CardPowerUp{members.number("id")};
    if (name == "card.warm_reset") return CardWarmReset{members.number("id")};
    if (name == "card.activate") return CardActivate{members.number("id")};
    if (name == "card.transmit") {
        const std::uint64_t id = members.number("id");
        return CardTransmit{id, members.octets("command")};
    }
    if (name == "card.power_down") return CardPowerDown{};
    members.fail("the protocol knows no such message to the bench");
}

LineSurvey survey(std::string_view line) {
    LineSurvey survey;
    if (!ordered_json::sax_parse(line, &survey)) throw Malformed(survey.error);
    return survey;
}

/// Reads a surveyed line by `read`, which is given the message's name and its members.
template <class Message, class Read>
Result<Message> decode_message(std::string_view line, Read read) {
    const auto json = ordered_json::parse(line);
    Members members(json, "message");
    const std::string name = members.text("message");
    // Only a known name is repeated: a line may hold anything.
    if (std::ranges::find(names, name) != names.end()) members.call(name);
    Message message = read(name, members);
    members.finish();
    return message;
}

std::string line(ordered_json json) {
    return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}

struct Encode {
    std::string operator()(const Hello& hello) const {
        return line({{"message", "hello"},
                     {"protocol", protocol_version},
                     {"start_ns", hello.start_ns},
                     {"wall_start_ns", hello.wall_start.time_since_epoch().count()},
                     {"seed", std::to_string(hello.seed)},
                     {"host_address", hello.host.address},
                     {"host_port", hello.host.port},
                     {"flash", hello.flash},
                     {"settings", to_json(hello.settings)}});
    }
    std::string operator()(const Key& key) const {
        return line({{"message", "key"}, {"input", key.input}, {"key", key.key}});
    }
    std::string operator()(const Choose& choice) const {
        return line(
            {{"message", "choose"}, {"input", choice.input}, {"function", to_string(choice.function)}});
    }
    std::string operator()(const Scan& scan) const {
        return line({{"message", "scan"}, {"input", scan.input}, {"code", scan.code}});
    }
    std::string operator()(const Condition& condition) const {
        return line(
            {{"message", "condition"}, {"input", condition.input}, {"change", to_json(condition.change)}});
    }
    std::string operator()(const CardState& state) const {
        ordered_json json{{"message", "card.state"}, {"present", state.present}};
        if (state.in_field > 0) json["in_field"] = state.in_field;
        if (state.swipe)
            json["swipe"] = {{"track1", state.swipe->track1},
                             {"track2", state.swipe->track2},
                             {"track3", state.swipe->track3}};
        return line(std::move(json));
    }
    std::string operator()(const CardAnswer& answer) const {
        ordered_json json{{"message", "card.answer"}, {"id", answer.id}};
        if (answer.outcome) {
            json["data"] = to_hex(*answer.outcome);
        } else {
            json["error"] = reader_errors[static_cast<std::size_t>(answer.outcome.error())];
        }
        return line(std::move(json));
    }
    std::string operator()(const Ready& ready) const {
        return line({{"message", "ready"}, {"program", ready.program}});
    }
    std::string operator()(const Idle& idle) const {
        return line({{"message", "idle"}, {"after", idle.after}, {"idle", idle.idle}});
    }
    std::string operator()(const Lacks& lacks) const {
        return line({{"message", "lacks"}, {"what", lacks.what}});
    }
    std::string operator()(const CardPowerUp& request) const {
        return line({{"message", "card.power_up"}, {"id", request.id}});
    }
    std::string operator()(const CardWarmReset& request) const {
        return line({{"message", "card.warm_reset"}, {"id", request.id}});
    }
    std::string operator()(const CardActivate& request) const {
        return line({{"message", "card.activate"}, {"id", request.id}});
    }
    std::string operator()(const CardTransmit& request) const {
        return line({{"message", "card.transmit"}, {"id", request.id}, {"command", to_hex(request.command)}});
    }
    std::string operator()(const CardPowerDown&) const { return line({{"message", "card.power_down"}}); }
    std::string operator()(const trace::Event& event) const {
        std::string out;
        trace::append_json(out, event);
        return out + '\n';
    }
};

}  // namespace

std::string encode(const ToTerminal& message) {
    return std::visit(Encode{}, message);
}

std::string encode(const ToBench& message) {
    return std::visit(Encode{}, message);
}

Result<ToTerminal> decode_to_terminal(std::string_view line) {
    try {
        survey(line);
        return decode_message<ToTerminal>(line, message_to_terminal);
    } catch (const std::exception& malformed) {
        return Error{malformed.what()};
    }
}

Result<ToBench> decode_to_bench(std::string_view line) {
    try {
        if (survey(line).is_message) return decode_message<ToBench>(line, message_to_bench);
        auto event = trace::parse_json(line, trace::Unknown::withheld);
        if (!event) return event.error();
        if (trace::spec(event->kind).role != trace::Role::terminal)
            return Error{fmt::format("{} is not the terminal's to say", trace::spec(event->kind).name)};
        return ToBench(*std::move(event));
    } catch (const std::exception& malformed) {
        return Error{malformed.what()};
    }
}

}  // namespace posbench::terminal::process

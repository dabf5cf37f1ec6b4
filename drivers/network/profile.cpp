#include "drivers/network/profile.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace posbench::network {
namespace {

using config::Reader;
using runtime::Duration;
using namespace std::chrono_literals;

constexpr Duration longest_delay = 10min;
constexpr Duration longest_blackout = 24h;
constexpr double fastest_bps = 100e9;
constexpr std::int64_t largest_limit = 1'000'000;
constexpr std::int64_t smallest_default_limit = 1000;
constexpr double octets_per_packet = 1500;

/// Both sides of "a..b", or the text twice.
std::pair<std::string_view, std::string_view> halves(std::string_view text) {
    const auto dots = text.find("..");
    if (dots == std::string_view::npos) return {text, text};
    return {text.substr(0, dots), text.substr(dots + 2)};
}

std::optional<std::int64_t> parse_bps(std::string_view text) {
    struct Unit {
        std::string_view name;
        double bps;
    };
    constexpr std::array units{Unit{"bit", 1}, Unit{"kbit", 1e3}, Unit{"mbit", 1e6}, Unit{"gbit", 1e9}};
    double figure = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), figure, std::chars_format::fixed);
    if (error != std::errc{}) return std::nullopt;
    const auto unit =
        std::ranges::find(units, text.substr(static_cast<std::size_t>(end - text.data())), &Unit::name);
    if (unit == units.end()) return std::nullopt;
    const double bps = std::round(figure * unit->bps);
    if (!(bps >= 1 && bps <= fastest_bps)) return std::nullopt;
    return static_cast<std::int64_t>(bps);
}

std::string format_bps(std::int64_t bps) {
    if (bps % 1'000'000 == 0) return fmt::format("{}mbit", bps / 1'000'000);
    if (bps % 1'000 == 0) return fmt::format("{}kbit", bps / 1'000);
    return fmt::format("{}bit", bps);
}

std::optional<Span> take_span(Reader& reader, std::string_view key, Duration longest) {
    const auto text = reader.text(key);
    if (!text) return std::nullopt;
    const auto span = parse_span(*text);
    if (!span)
        reader.fail(key, fmt::format("'{}' is neither a time (\"2s\") nor bounds (\"1s..3s\")", *text));
    if (span->high > longest)
        reader.fail(key, fmt::format("{} is longer than {}", *text, config::format_duration(longest)));
    return span;
}

std::optional<Duration> take_duration(Reader& reader, std::string_view key) {
    const auto duration = reader.duration(key);
    if (duration && *duration > longest_delay)
        reader.fail(key, fmt::format("{} is longer than {}", config::format_duration(*duration),
                                     config::format_duration(longest_delay)));
    return duration;
}

void refuse_correlation(Reader& reader, std::string_view key) {
    if (reader.has(key))
        reader.fail(key,
                    "correlated loss is refused: netem's correlation does not keep the mean (10 % with 25 % "
                    "correlation dropped 1.7 %); use model = \"gilbert-elliott\"");
}

Loss read_chain(Reader& reader) {
    Loss loss;
    loss.p = reader.require("p", reader.number("p", 0, 1));
    loss.r = reader.require("r", reader.number("r", 0, 1));
    loss.in_bad = reader.number("1-h", 0, 1).value_or(1);
    loss.in_good = reader.number("1-k", 0, 1).value_or(0);
    if (loss.r == 0) reader.fail("r", "r = 0 never leaves the bad state");
    return loss;
}

Loss read_loss_table(Reader reader) {
    refuse_correlation(reader, "correlation");
    const auto model = reader.require("model", reader.choice("model", {"random", "gilbert-elliott"}));
    Loss loss;
    if (model == "random") {
        loss.in_good = reader.require("p", reader.number("p", 0, 1));
    } else {
        loss = read_chain(reader);
    }
    reader.finish();
    return loss;
}

/// `loss = 0.02`, or a table with a model.
void read_loss(Reader& reader, Loss& loss) {
    refuse_correlation(reader, "correlation");
    const config::Value* value = reader.raw("loss");
    if (!value) return;
    if (value->get<config::Table>()) {
        loss = read_loss_table(Reader(*value, reader.what() + " loss"));
        return;
    }
    const auto* whole = value->get<std::int64_t>();
    const auto* real = value->get<double>();
    if (!whole && !real) reader.fail("loss", "loss is a share from 0 to 1 or a table with a model");
    const double share = whole ? static_cast<double>(*whole) : *real;
    if (!(share >= 0 && share <= 1))
        reader.fail("loss", fmt::format("{} of all packets cannot be lost: loss is a share from 0 to 1 (2 % "
                                        "is 0.02)",
                                        share));
    loss = Loss{};
    loss.in_good = share;
}

void read_direction(Reader& settings, std::string_view key, Impairment& figures) {
    auto table = settings.table(key, fmt::format("[{}]", key));
    if (!table) return;
    figures.delay = take_duration(*table, "delay").value_or(0ns);
    figures.jitter = take_duration(*table, "jitter").value_or(0ns);
    if (figures.jitter.count() > 0 && figures.delay.count() == 0)
        table->fail(table->has("jitter") ? "jitter" : "delay", "jitter needs a delay to vary around");
    read_loss(*table, figures.loss);
    if (const auto text = table->text("rate")) {
        const auto rate = parse_rate(*text);
        if (!rate)
            table->fail("rate", fmt::format("'{}' is no rate: \"64kbit\", \"1.5mbit\", or bounds "
                                            "\"26kbit..127kbit\", or \"unlimited\"",
                                            *text));
        figures.rate = *rate;
    }
    if (const auto limit = table->integer("limit", 1, largest_limit)) {
        if (!figures.rate.limited() && figures.delay.count() == 0)
            table->fail("limit", "a queue limit needs a rate or a delay: nothing waits without");
        figures.limit = limit;
    }
    table->finish();
}

Blackout read_blackout(Reader& reader) {
    Blackout blackout;
    blackout.length = reader.require("for", take_span(reader, "for", longest_blackout));
    if (blackout.length.low.count() == 0) reader.fail("for", "a blackout of no length is none");
    const auto at = take_span(reader, "at", longest_blackout);
    const auto every = reader.duration("every");
    const auto from = take_span(reader, "from", longest_blackout);
    if (at.has_value() == every.has_value())
        reader.fail(at ? "every" : "for", "a blackout is either once, `at`, or periodic, `every`");
    if (at) {
        if (from) reader.fail("from", "`from` belongs to `every`");
        blackout.first = *at;
    } else {
        if (*every <= blackout.length.high)
            reader.fail("every", "blackouts would run into one another: `every` must exceed `for`");
        blackout.every = *every;
        blackout.first = from.value_or(Span{*every, *every});
    }
    reader.finish();
    return blackout;
}

void read_description(Reader& settings, Profile& profile) {
    if (auto name = settings.text("profile")) profile.name = *std::move(name);
    profile.title = settings.title();
    if (auto source = settings.text("source")) profile.source = *std::move(source);
}

}  // namespace

Duration Span::draw(runtime::Random& random) const noexcept {
    return low == high ? low : Duration(random.between(low.count(), high.count()));
}

std::string Span::to_string() const {
    if (low == high) return config::format_duration(low);
    return config::format_duration(low) + ".." + config::format_duration(high);
}

std::int64_t Rate::draw(runtime::Random& random) const noexcept {
    return low == high ? low : random.between(low, high);
}

std::string Rate::to_string() const {
    if (!limited()) return "unlimited";
    return low == high ? format_bps(low) : format_bps(low) + ".." + format_bps(high);
}

double Loss::mean() const noexcept {
    const double bad = p > 0 ? p / (p + r) : 0;
    return bad * in_bad + (1 - bad) * in_good;
}

std::string Loss::to_string() const {
    if (p == 0) return fmt::format("{:.4g} %", 100 * in_good);
    return fmt::format("mean {:.4g} % (Gilbert-Elliott p {:.4g}, r {:.4g}, 1-h {:.4g}, 1-k {:.4g})",
                       100 * mean(), p, r, in_bad, in_good);
}

std::int64_t Impairment::queue_limit() const noexcept {
    if (limit) return *limit;
    if (!rate.limited()) return largest_limit;
    const double seconds = std::chrono::duration<double>(delay + 4 * jitter).count();
    const double packets = 2 * seconds * static_cast<double>(rate.high) / (8 * octets_per_packet);
    return std::clamp(static_cast<std::int64_t>(std::ceil(packets)), smallest_default_limit, largest_limit);
}

std::string Blackout::to_string() const {
    if (once()) return fmt::format("at {} for {}", first.to_string(), length.to_string());
    return fmt::format("every {} for {} from {}", config::format_duration(every), length.to_string(),
                       first.to_string());
}

bool Profile::clean() const noexcept {
    return !up.any() && !down.any() && blackouts.empty() && connect.high.count() == 0;
}

Profile read_profile(Reader& settings) {
    Profile profile;
    read_description(settings, profile);
    read_direction(settings, "up", profile.up);
    read_direction(settings, "down", profile.down);
    profile.connect = take_span(settings, "connect", longest_delay).value_or(Span{});
    for (Reader& blackout : settings.tables("blackout", "[[blackout]]"))
        profile.blackouts.push_back(read_blackout(blackout));
    return profile;
}

std::optional<Span> parse_span(std::string_view text) {
    const auto [low, high] = halves(text);
    const auto from = config::parse_duration(low);
    const auto to = config::parse_duration(high);
    if (!from || !to || *from > *to) return std::nullopt;
    return Span{*from, *to};
}

std::optional<Rate> parse_rate(std::string_view text) {
    if (text == "unlimited") return Rate{};
    const auto [low, high] = halves(text);
    const auto from = parse_bps(low);
    const auto to = parse_bps(high);
    if (!from || !to || *from > *to) return std::nullopt;
    return Rate{*from, *to};
}

}  // namespace posbench::network

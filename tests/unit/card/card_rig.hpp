#pragma once

#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "bench/runtime/job.hpp"
#include "drivers/card/emulated/driver.hpp"
#include "drivers/protocols/magstripe/stripe.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/card/fixtures.hpp"
#include "tests/unit/card/terminal_side.hpp"

namespace posbench::test {

using CardOutcome = std::optional<card::ReaderResult<Bytes>>;

inline runtime::Task<void> power_up(card::Reader& reader, CardOutcome& out) {
    out = co_await reader.power_up();
}

inline runtime::Task<void> warm_reset(card::Reader& reader, CardOutcome& out) {
    out = co_await reader.warm_reset();
}

inline runtime::Task<void> activate(card::Reader& reader, CardOutcome& out) {
    out = co_await reader.activate();
}

inline runtime::Task<void> transmit(card::Reader& reader, Bytes command, CardOutcome& out) {
    out = co_await reader.transmit(command);
}

inline Bytes good(const card::ReaderResult<Bytes>& result) {
    REQUIRE(result.has_value());
    return *result;
}

/// A card as the registry makes it, on a virtual clock.
struct CardRig {
    explicit CardRig(const std::string& name, std::string_view overrides = {}, std::uint64_t seed = 7)
        : context{clock, recorder, resources, runtime::Random(seed)},
          card(card::prepare(card_settings(name, overrides))(context)),
          reader(*card->reader()) {}

    card::ReaderResult<Bytes> reset() {
        CardOutcome result;
        const runtime::Job job(clock, power_up(reader, result));
        clock.run_until([&] { return result.has_value(); });
        return *result;
    }
    card::ReaderResult<Bytes> activate() {
        CardOutcome result;
        const runtime::Job job(clock, test::activate(reader, result));
        clock.run_until([&] { return result.has_value(); });
        return *result;
    }
    card::ReaderResult<Bytes> send(const Bytes& command) {
        CardOutcome result;
        const runtime::Job job(clock, transmit(reader, command, result));
        clock.run_until([&] { return result.has_value(); });
        return *result;
    }
    TerminalSide terminal() {
        return TerminalSide([this](ByteView command) {
            const Bytes answer = good(send(Bytes(command.begin(), command.end())));
            const ByteView data = ByteView(answer).first(answer.size() - 2);
            return Reply{Bytes(data.begin(), data.end()), to_hex(ByteView(answer).last(2))};
        });
    }
    /// What one pass of the stripe decodes to, or the reason why it does not.
    std::string read_track(int track) {
        card->swipe();
        const auto swipe = reader.take_swipe();
        const auto& flux = track == 1 ? swipe->track1 : swipe->track2;
        const auto text = magstripe::decode_flux(track, flux);
        return text ? *text : fmt::format("{} at {}", text.error().reason, text.error().position);
    }
    const trace::Event& last() const { return recorder.events().back(); }

    runtime::VirtualClock clock{runtime::WallTime{}};
    trace::Recorder recorder{clock};
    runtime::ResourceJournal resources;
    drivers::Context context;
    std::unique_ptr<card::Card> card;
    card::Reader& reader;
};

}  // namespace posbench::test

// Any octets as the reader's end of a vpcd connection, with a card behind the other end: every whole frame up
// to the first that breaks the rules is served, each control code that asks and each command is answered by
// one frame, and the connection ends with a sentence.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "bench/runtime/job.hpp"
#include "drivers/card/emulated/driver.hpp"
#include "drivers/card/vpcd/frame.hpp"
#include "drivers/card/vpcd/vpcd.hpp"
#include "tests/support/memory_stream.hpp"
#include "tests/unit/card/fixtures.hpp"

using namespace posbench;
using namespace posbench::card;

namespace {

void require(bool rule) {
    if (!rule) std::abort();
}

/// What the requests ask for.
struct Asked {
    std::size_t answers = 0, commands = 0, resets = 0, power_offs = 0;
    bool refused = false;  ///< one was none
};

void count(const vpcd::Request& request, ByteView body, Asked& asked) {
    if (!request.control) {
        require(body.size() > 1 && request.command.data() == body.data() &&
                request.command.size() == body.size());
        ++asked.commands;
        ++asked.answers;
        return;
    }
    require(body.size() == 1 && static_cast<std::uint8_t>(*request.control) == body[0]);
    require(request.command.empty());
    switch (*request.control) {
        case vpcd::Control::power_off:
            ++asked.power_offs;
            break;
        case vpcd::Control::power_on:
        case vpcd::Control::reset:
            ++asked.resets;
            break;
        case vpcd::Control::atr:
            ++asked.answers;
            break;
    }
}

Asked read_requests(ByteView rest) {
    Asked asked;
    while (!asked.refused && rest.size() >= vpcd::header_size) {
        const std::size_t length = vpcd::body_size(rest[0], rest[1]);
        if (rest.size() - vpcd::header_size < length) break;
        const ByteView whole = rest.first(vpcd::header_size + length);
        const ByteView body = whole.subspan(vpcd::header_size);
        rest = rest.subspan(whole.size());
        require(Bytes(whole.begin(), whole.end()) == vpcd::frame(body));
        const auto request = vpcd::parse_request(body);
        asked.refused = !request;
        if (request)
            count(*request, body, asked);
        else
            require(!request.error().what.empty() && body.size() <= 1);
    }
    return asked;
}

/// Whole frames, and nothing behind them.
std::size_t count_frames(ByteView octets) {
    std::size_t frames = 0;
    for (; !octets.empty(); ++frames) {
        require(octets.size() >= vpcd::header_size);
        const std::size_t whole = vpcd::header_size + vpcd::body_size(octets[0], octets[1]);
        require(octets.size() >= whole);
        octets = octets.subspan(whole);
    }
    return frames;
}

/// Counts what passes through the door.
struct Watch final : DoorWatch {
    Asked seen;
    void connected(std::string_view) override {}
    void lost(std::string_view) override {}
    void reset(ByteView atr) override {
        require(!atr.empty());
        ++seen.resets;
    }
    void power_off() override { ++seen.power_offs; }
    void exchange(ByteView command, ByteView answer) override {
        // A status word, a procedure octet of T=0 or a block of T=1 at most, or silence.
        require(command.size() > 1 && answer.size() <= 258);
        ++seen.commands;
    }
};

runtime::Task<void> serve(runtime::Clock& clock, runtime::Stream& stream, Reader& card, DoorWatch& watch,
                          std::optional<std::string>& end) {
    end = co_await vpcd::serve_connection(clock, stream, card, watch);
}

/// What the card sends to a reader that sends `octets` and hangs up.
Bytes answers_to(ByteView octets, Watch& watch) {
    static const auto make_card = card::prepare(test::card_settings("unionpay-credit"));
    runtime::VirtualClock clock{runtime::WallTime{}};
    trace::Recorder recorder{clock};
    runtime::ResourceJournal resources;
    drivers::Context context{clock, recorder, resources, runtime::Random(1)};
    const auto card = make_card(context);
    card->insert(Card::How::chip);
    const auto up = std::make_shared<test::MemoryPipe>(), down = std::make_shared<test::MemoryPipe>();
    up->octets.assign(octets.begin(), octets.end());
    up->ended = true;
    test::MemoryStream stream(clock, up, down, "reader");
    std::optional<std::string> end;
    const runtime::Job job(clock, serve(clock, stream, *card->reader(), watch, end));
    clock.run_until([&] { return end.has_value(); });
    require(end && !end->empty());
    return {down->octets.begin(), down->octets.end()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView octets(data, size);
    const Asked asked = read_requests(octets);
    Watch watch;
    const Bytes answers = answers_to(octets, watch);
    require(count_frames(answers) == asked.answers);
    require(watch.seen.commands == asked.commands);
    require(watch.seen.resets == asked.resets);
    require(watch.seen.power_offs == asked.power_offs);
    return 0;
}

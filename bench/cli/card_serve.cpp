#include <algorithm>
#include <iostream>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/cli/argument_checks.hpp"
#include "bench/cli/card_own.hpp"
#include "bench/cli/card_print.hpp"
#include "bench/cli/commands.hpp"
#include "bench/runtime/job.hpp"
#include "bench/runtime/real_clock.hpp"
#include "bench/runtime/real_stream.hpp"
#include "bench/runtime/signals.hpp"
#include "bench/trace/jsonl.hpp"

namespace posbench::cli {
namespace {

const drivers::CardDoor& door_named(const std::string& name) {
    for (const drivers::CardDoor& door : drivers::card_doors())
        if (door.name == name) return door;
    throw std::logic_error(fmt::format("no reader '{}' in the registry", name));
}

/// Shows what passes through the door. Every line is flushed: the output is read while the card is used.
class Display final : public card::DoorWatch {
  public:
    Display(const runtime::Clock& clock, CardOwner& owner, bool quiet, bool colour)
        : clock_(clock),
          owner_(owner),
          quiet_(quiet),
          colour_(colour),
          dialogue_(
              emv::Secrets::masked, [&owner](ByteView application) { return owner.card_keys(application); },
              owner.pans()) {}

    void event(const trace::Event& event) {
        if (quiet_) return;
        if (const auto words = fault_in_words(event)) say(*words);
    }

    void connected(std::string_view peer) override { say(fmt::format("connected to {}", peer)); }
    void lost(std::string_view reason) override { say(fmt::format("no reader: {}; trying again", reason)); }
    void reset(ByteView atr) override {
        dialogue_.reset();
        if (!quiet_) say(atr.empty() ? "reset: mute" : fmt::format("reset: ATR {}", to_hex(atr)));
    }
    void power_off() override {
        if (!quiet_) say("power off");
    }
    void exchange(ByteView command, ByteView answer) override {
        if (quiet_) return;
        stamp();
        const auto how =
            owner_.take_altered() ? card::Dialogue::Heard::altered : card::Dialogue::Heard::as_given;
        print_exchange(std::cout, dialogue_.hear(command, answer, how), colour_);
        std::cout.flush();
    }

  private:
    void stamp() {
        const double seconds = static_cast<double>(runtime::to_ns(clock_.now())) / 1e9;
        std::cout << in_ink(Ink::faint, fmt::format("{:12.6f} s ", seconds), colour_);
    }
    void say(const std::string& text) {
        stamp();
        std::cout << in_ink(Ink::plain, text, colour_) << std::endl;
    }

    const runtime::Clock& clock_;
    CardOwner& owner_;
    bool quiet_;
    bool colour_;
    card::Dialogue dialogue_;
};

}  // namespace

int card_serve(const CardServeArguments& arguments, const Surroundings& here) {
    std::stop_source stop;
    const runtime::SignalWatch signals(stop);
    runtime::RealClock clock(stop.get_token());
    std::optional<trace::JsonlWriter> writer;
    if (!arguments.trace.empty()) writer.emplace(arguments.trace, true);
    const drivers::CardDoor& found = door_named(arguments.reader);
    const auto where = arguments.address.empty() ? found.where : endpoint_of(arguments.address);
    OwnCard card(clock, arguments.image, arguments.image_timing ? CardTime::image : CardTime::none,
                 arguments.contactless ? Place::field : Place::slot, writer ? &*writer : nullptr);

    const auto connector = runtime::make_tcp_connector(clock, runtime::Acknowledge::at_once);
    Display display(clock, card, arguments.quiet, here.console.colour);
    const auto door = found.make(clock, *connector, where, display);
    {
        const runtime::Job service(clock, door->serve(card.reader()));
        clock.run_until([&] {
            // Written already; a card that is served for days must not keep them.
            for (const trace::Event& event : card.trace().take_events()) display.event(event);
            return service.done();
        });
    }
    if (writer) writer->flush();
    return 128 + signals.received();
}

}  // namespace posbench::cli

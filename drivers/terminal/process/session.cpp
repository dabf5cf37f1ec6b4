#include "drivers/terminal/process/session.hpp"

#include <array>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "bench/runtime/overloaded.hpp"
#include "bench/runtime/utf8.hpp"
#include "bench/trace/mask.hpp"
#include "drivers/terminal/process/foreign.hpp"

namespace posbench::terminal::process {
namespace {

using namespace std::chrono_literals;
using runtime::Overloaded;
using runtime::Task;
using runtime::TimePoint;
using trace::Kind;

/// How long after a program's end its last lines are waited for; they are in the socket already unless a
/// process that it left behind holds the other end.
constexpr runtime::Duration draining = 1s;

}  // namespace

Session::Session(drivers::Context& context, runtime::RealClock& clock, const std::filesystem::path& program,
                 card::Reader* reader, const Hello& hello, ScannedCodes& codes, Budget budget)
    : context_(context),
      clock_(clock),
      name_(program.filename().string()),
      reader_(reader),
      codes_(codes),
      child_(std::make_unique<ChildProcess>(clock, program, std::vector<std::string>{})),
      journal_id_(runtime::ResourceJournal::process_id(child_->pid(), child_->start_time())),
      budget_(budget),
      lines_in_(child_->channel()),
      writer_(clock, child_->channel()) {
    // Until it is greeted a terminal program does nothing, and ends when the bench does: so this is in time.
    context_.resources.acquire("process", journal_id_);
    send(hello);
    receiving_ = runtime::Job(clock_, receive());
    gathering_ = runtime::Job(clock_, gather_errors());
    ending_ = runtime::Job(clock_, watch_end());
    if (!reader_) return;
    reader_->take_swipe();  // what passed while there was no power was not seen
    if (reader_->present() || reader_->in_field() > 0)
        send(CardState{reader_->present(), std::nullopt, reader_->in_field()});
    watching_card_ = runtime::Job(clock_, watch_card(*reader_));
    serving_card_ = runtime::Job(clock_, serve_card(*reader_));
}

Session::~Session() {
    for (runtime::Job* job : {&serving_card_, &watching_card_, &ending_, &gathering_, &receiving_})
        job->cancel();
    child_->kill();
    if (reader_) reader_->power_down();
    context_.resources.release("process", journal_id_);
}

Task<void> Session::receive() {
    for (;;) {
        auto line = co_await lines_in_.next();
        if (!line) fail(line.error().what);
        if (!line || !*line) break;
        ++lines_;
        auto problem = budget_.take_line((*line)->size() + 1);
        if (!problem) {
            auto message = decode_to_bench(**line);
            problem = message ? handle(*std::move(message)) : message.error().what;
        }
        if (problem) {
            fail(fmt::format("line {}: {}", lines_, *problem));
            break;
        }
        co_await clock_.yield();  // the scenario reacts to one event before the next
    }
    drained_.notify_all();
}

Task<void> Session::gather_errors() {
    std::array<std::uint8_t, 1024> chunk;
    for (;;) {
        const auto count = co_await child_->errors().read_some(chunk, runtime::never);
        if (!count || *count == 0) co_return;
        errors_ += as_text(std::span(chunk).first(*count));
        if (errors_.size() > last_words_kept) errors_.erase(0, errors_.size() - last_words_kept);
    }
}

Task<void> Session::watch_end() {
    const std::string how = co_await child_->ended();
    const TimePoint patience = clock_.now() + draining;
    while (receiving_.running()) {
        const bool drained = co_await drained_.wait(clock_, patience);
        if (!drained) break;
    }
    ended_ = true;
    const std::string said = last_words(errors_, codes_);
    if (!broken_) note(said.empty() ? how : fmt::format("{}, saying: {}", how, said));
    context_.trace.emit(Kind::terminal_state, {{"state", "crashed"}});
}

Task<void> Session::watch_card(card::Reader& reader) {
    for (;;) {
        co_await reader.changed().wait(clock_);
        send(CardState{reader.present(), reader.take_swipe(), reader.in_field()});
    }
}

Task<void> Session::serve_card(card::Reader& reader) {
    for (;;) {
        while (!request_) co_await requested_.wait(clock_);
        const CardRequest request = *std::exchange(request_, std::nullopt);
        exchanging_ = true;
        if (const auto* reset = std::get_if<CardPowerUp>(&request)) {
            auto outcome = co_await reader.power_up();
            send(CardAnswer{reset->id, std::move(outcome)});
        } else if (const auto* warm = std::get_if<CardWarmReset>(&request)) {
            auto outcome = co_await reader.warm_reset();
            send(CardAnswer{warm->id, std::move(outcome)});
        } else if (const auto* activation = std::get_if<CardActivate>(&request)) {
            auto outcome = co_await reader.activate();
            send(CardAnswer{activation->id, std::move(outcome)});
        } else {
            const auto& exchange = std::get<CardTransmit>(request);
            auto outcome = co_await reader.transmit(exchange.command);
            send(CardAnswer{exchange.id, std::move(outcome)});
        }
        exchanging_ = false;
    }
}

std::optional<std::string> Session::handle(ToBench message) {
    using Problem = std::optional<std::string>;
    return std::visit(
        Overloaded{[](const Ready&) { return Problem(); }, [this](const Idle& idle) { return handle(idle); },
                   [this](const Lacks& lacks) { return handle(lacks); },
                   [this](const CardPowerUp& request) { return handle(CardRequest(request)); },
                   [this](const CardWarmReset& request) { return handle(CardRequest(request)); },
                   [this](const CardActivate& request) { return handle(CardRequest(request)); },
                   [this](CardTransmit& request) { return handle(CardRequest(std::move(request))); },
                   [this](const CardPowerDown&) {
                       if (reader_) reader_->power_down();
                       return Problem();
                   },
                   [this](trace::Event& event) { return handle(std::move(event)); }},
        message);
}

std::optional<std::string> Session::handle(trace::Event event) {
    if (event.at < last_at_) return "an event from before the one that came last";
    if (event.at > clock_.now()) return "an event from the future";
    last_at_ = event.at;
    if (auto too_much = budget_.take_event()) return too_much;
    mask_fields(event.fields, codes_);
    if (auto unbounded = bound_fields(event.fields)) return unbounded;
    try {
        context_.trace.emit_at(event.at, event.kind, std::move(event.fields));
    } catch (const std::logic_error& refused) {
        return refused.what();
    }
    return std::nullopt;
}

std::optional<std::string> Session::handle(const Idle& idle) {
    if (idle.after > inputs_) return "idle: 'after' names an input that was never given";
    acknowledged_ = idle.after;
    idle_ = idle.idle;
    return std::nullopt;
}

std::optional<std::string> Session::handle(const Lacks& lacks) {
    std::string what = lacks.what;
    codes_.mask(what);
    context_.trace.emit(Kind::bench_note,
                        {{"severity", "stimulus"},
                         {"text", fmt::format("the terminal program {} lacks {}", name_,
                                              runtime::printable(trace::mask_text(what)))}});
    return std::nullopt;
}

std::optional<std::string> Session::handle(CardRequest request) {
    if (request_ || exchanging_) return "a card exchange while another is under way";
    if (!reader_) {
        const std::uint64_t id = std::visit([](const auto& asked) { return asked.id; }, request);
        send(CardAnswer{id, card::ReaderError::removed});
        return std::nullopt;
    }
    request_ = std::move(request);
    requested_.notify_all();
    return std::nullopt;
}

void Session::fail(const std::string& reason) {
    broken_ = true;
    note("broke the protocol: " + reason);
    child_->kill();
}

void Session::note(const std::string& text) {
    context_.trace.emit(Kind::bench_note,
                        {{"severity", "error"},
                         {"text", fmt::format("the terminal program {} {}", name_, trace::mask_text(text))}});
}

}  // namespace posbench::terminal::process

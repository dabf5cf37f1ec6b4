#include "drivers/card/vpcd/vpcd.hpp"

#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "drivers/card/vpcd/frame.hpp"
#include "drivers/protocols/emv/atr.hpp"

namespace posbench::card::vpcd {
namespace {

using runtime::NetError;
using runtime::NetResult;
using runtime::Task;
using runtime::TimePoint;

/// Answers a poll before the first reset: the shortest ATR there is, TS and a T0 without anything behind it
/// (ISO/IEC 7816-3 clause 8.2). vpcd looks only at whether octets come (vicc_present in vpcd.c).
const Bytes presence = hex("3B00");

/// One connection: requests one after the other.
class Connection {
  public:
    Connection(runtime::Clock& clock, runtime::Stream& stream, Reader& card, DoorWatch& watch)
        : clock_(clock), stream_(stream), card_(card), watch_(watch) {}

    /// Answers one request. @return why the connection is at its end, if it is
    Task<std::optional<std::string>> serve_one() {
        std::array<std::uint8_t, header_size> header{};
        auto ended = co_await read(header, runtime::never, Place::between_frames);
        if (ended) co_return std::move(ended);
        body_.resize(body_size(header[0], header[1]));
        ended = co_await read(body_, clock_.now() + frame_patience, Place::in_a_frame);
        if (ended) co_return std::move(ended);
        const auto request = parse_request(body_);
        if (!request) co_return request.error().what;
        if (request->control) {
            ended = co_await control(*request->control);
        } else {
            ended = co_await exchange(request->command);
        }
        co_return std::move(ended);
    }

  private:
    using End = std::optional<std::string>;

    enum class Place { between_frames, in_a_frame };

    /// Fills `buffer`. A frame that stops in its middle is an error of its own.
    Task<End> read(std::span<std::uint8_t> buffer, TimePoint deadline, Place place) {
        if (buffer.empty()) co_return std::nullopt;
        const auto done = co_await runtime::read_exactly(stream_, buffer, deadline);
        if (done) co_return std::nullopt;
        if (place == Place::between_frames && done.error() == NetError::closed)
            co_return "closed by the reader";
        if (place == Place::in_a_frame)
            co_return fmt::format("a frame of {} octets did not come whole: {}", buffer.size(),
                                  runtime::to_string(done.error()));
        co_return std::string(runtime::to_string(done.error()));
    }

    Task<End> control(Control code) {
        switch (code) {
            case Control::power_off:
                card_.power_down();
                powered_ = false;
                watch_.power_off();
                break;
            case Control::power_on:
                co_await reset(emv::Reset::cold);
                break;
            case Control::reset:
                co_await reset(emv::Reset::warm);
                break;
            case Control::atr: {
                // Without power a poll for presence, which must not touch the card.
                const Bytes seen = powered_ || !atr_.empty() ? atr_ : presence;
                auto ended = co_await answer(card_.present() ? ByteView(seen) : ByteView());
                co_return std::move(ended);
            }
        }
        co_return std::nullopt;
    }

    Task<void> reset(emv::Reset kind) {
        auto answer = kind == emv::Reset::cold ? card_.power_up() : card_.warm_reset();
        auto atr = co_await std::move(answer);
        atr_ = atr ? *std::move(atr) : Bytes();
        powered_ = true;
        watch_.reset(atr_);
    }

    Task<End> exchange(ByteView command) {
        const auto given = co_await card_.transmit(command);
        const ByteView octets = given ? ByteView(*given) : ByteView();
        watch_.exchange(command, octets);
        auto ended = co_await answer(octets);
        co_return std::move(ended);
    }

    Task<End> answer(ByteView body) {
        const Bytes octets = frame(body);
        const auto written = co_await stream_.write(octets, clock_.now() + frame_patience);
        if (!written) co_return fmt::format("answering: {}", runtime::to_string(written.error()));
        co_return std::nullopt;
    }

    runtime::Clock& clock_;
    runtime::Stream& stream_;
    Reader& card_;
    DoorWatch& watch_;
    Bytes body_;
    Bytes atr_;             ///< of the last reset; empty: none yet, or mute
    bool powered_ = false;  ///< by the reader, whether the card answered or not
};

class VpcdDoor final : public Door {
  public:
    VpcdDoor(runtime::Clock& clock, runtime::Connector& connector, runtime::Endpoint where, DoorWatch& watch)
        : clock_(clock), connector_(connector), where_(std::move(where)), watch_(watch) {}

    Task<void> serve(Reader& card) override {
        bool told = false;
        for (;;) {
            auto stream = co_await connector_.connect(where_, clock_.now() + frame_patience);
            if (stream) {
                watch_.connected((*stream)->peer());
                const std::string reason = co_await serve_connection(clock_, **stream, card, watch_);
                (*stream)->close();
                watch_.lost(reason);
            } else if (!told) {
                watch_.lost(fmt::format("{}: {}", where_.to_string(), runtime::to_string(stream.error())));
            }
            told = true;
            co_await clock_.sleep_for(retry_pause);
        }
    }

  private:
    runtime::Clock& clock_;
    runtime::Connector& connector_;
    runtime::Endpoint where_;
    DoorWatch& watch_;
};

}  // namespace

Task<std::string> serve_connection(runtime::Clock& clock, runtime::Stream& stream, Reader& card,
                                   DoorWatch& watch) {
    Connection connection(clock, stream, card, watch);
    std::optional<std::string> ended;
    while (!ended) ended = co_await connection.serve_one();
    card.power_down();
    co_return *std::move(ended);
}

std::unique_ptr<Door> make_door(runtime::Clock& clock, runtime::Connector& connector, runtime::Endpoint where,
                                DoorWatch& watch) {
    return std::make_unique<VpcdDoor>(clock, connector, std::move(where), watch);
}

}  // namespace posbench::card::vpcd

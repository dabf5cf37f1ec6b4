#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/config/value.hpp"
#include "bench/runtime/clock.hpp"
#include "bench/runtime/job.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/card/card.hpp"
#include "drivers/protocols/crypto/crypto.hpp"
#include "drivers/protocols/iso8583/frame.hpp"
#include "drivers/protocols/iso8583/mac.hpp"
#include "drivers/protocols/iso8583/message.hpp"
#include "drivers/terminal/emulated/application.hpp"

/// The emulated terminal's application between a scripted chip, a scripted host and a scripted operator, in
/// virtual time.
namespace posbench::terminal::testing {

using namespace std::chrono_literals;

/// A chip that answers the contact flow of one application from a few data objects, and a stripe.
class ScriptedReader final : public card::Reader {
  public:
    bool present() const noexcept override { return present_; }
    int in_field() const noexcept override { return 0; }
    runtime::Condition& changed() noexcept override { return changed_; }
    runtime::Task<card::ReaderResult<Bytes>> power_up() override;
    runtime::Task<card::ReaderResult<Bytes>> warm_reset() override;
    runtime::Task<card::ReaderResult<Bytes>> activate() override { co_return card::ReaderError::removed; }
    void power_down() noexcept override {}
    runtime::Task<card::ReaderResult<Bytes>> transmit(ByteView command) override;
    std::optional<card::Swipe> take_swipe() override { return std::exchange(swipe_, std::nullopt); }

    void insert();
    void remove();
    /// Passes track 2, "6210948000000011=30122010000012345" without sentinels.
    /// @param parity_at the character whose parity is wrong
    void swipe(std::string_view track2, bool bad_lrc = false,
               std::optional<std::size_t> parity_at = std::nullopt);
    /// Passes a stripe of which nothing is left.
    void swipe_erased();

    bool mute = false;
    std::string atr = "3B6500002063CB6600";       ///< to a cold reset: T=0
    std::string warm_atr = "3B6500002063CB6600";  ///< to a warm one
    std::string resets;                           ///< "cold warm " of those there were
    std::string aid = "A000000333010102";
    std::string aip = "1C00";
    std::string afl = "08010100";
    std::string pdol;
    /// Every record of SFI 11 to 30.
    std::string proprietary_record = "DEADBEEF";
    std::string pan = "6210948000000011";
    std::string expiry = "301231";
    std::string iac_denial = "0000000000";
    std::string cvm_list = "00000000000000001F00";  ///< no CVM, always
    std::uint8_t first_cid = 0x80;
    std::uint8_t second_cid = 0x40;
    std::string second_issuer_data = "07010103A00000";  ///< 9F10 of the second cryptogram
    std::uint16_t external_authenticate_sw = 0x9000;
    /// Leaves the reader when it receives its nth command (from 1); 0 never.
    int leaves_at = 0;
    /// Does not answer its nth command nor any after it; 0 never.
    int mute_at = 0;
    /// Changes an answer before it goes out.
    std::function<void(Bytes& answer)> mangle;

    std::vector<Bytes> commands;
    int count(std::string_view header) const;

  private:
    runtime::Task<card::ReaderResult<Bytes>> reset(std::string_view kind, std::string_view octets);
    Bytes answer(ByteView command) const;
    Bytes record() const;

    runtime::Condition changed_;
    bool present_ = false;
    std::optional<card::Swipe> swipe_;
    mutable int cryptograms_ = 0;
};

/// A host that answers each request by rule and keeps what it has approved.
class ScriptedHost final : public runtime::Connector {
  public:
    explicit ScriptedHost(runtime::Clock& clock);
    runtime::Task<runtime::NetResult<std::unique_ptr<runtime::Stream>>> connect(
        runtime::Endpoint endpoint, runtime::TimePoint deadline) override;

    enum class Way { open, refused, blackholed };
    Way way = Way::open;
    bool silent_to_sales = false;    ///< to every 0100 and 0200
    bool silent_to_advices = false;  ///< 0220
    bool silent_to_settlements = false;
    bool silent_to_reversals = false;
    std::string code = "00";         ///< of 0100 and 0200
    std::string advice_code = "00";  ///< of 0220 that name its batch; others get 77
    char settlement_answer = '1';    ///< in field 48 of a settlement
    std::string settlement_code = "00";
    int uploads_answered = -1;         ///< batch uploads that are still answered; -1: all
    std::string batch = "000007";      ///< 60.2 of sign-ins
    std::string parameters;            ///< field 62 of the answer to 360
    int requirement = 0;               ///< low digit of the third octet of a reply's header
    std::string reversal_code = "00";  ///< of reversals
    std::string icc;                   ///< field 55 of replies to sales, hexadecimal
    Bytes field62;                     ///< of sign-ins
    runtime::Duration delay = 200ms;
    std::function<void(iso8583::Message& reply)> change;
    /// Has the last word on an answer; false: there is none.
    std::function<bool(const iso8583::Message& request, iso8583::Message& reply)> decide;
    bool bad_mac = false;
    std::size_t cut_to = 0;             ///< octets of a reply that arrive before the connection ends; 0: all
    std::optional<iso8583::Tpdu> tpdu;  ///< of its replies, in place of the request's swapped
    /// Replaces the whole answer.
    std::function<std::optional<Bytes>(const iso8583::Message& request)> raw;

    std::vector<iso8583::Message> requests;
    int count(std::string_view mti) const;
    const iso8583::Message& last(std::string_view mti) const;
    /// Minor units: charges less what was given back, approved and not reversed. Tips and adjustments, which
    /// name a new total, and holds are not in it.
    std::int64_t book() const;

    std::optional<Bytes> answer(ByteView frame);

  private:
    iso8583::Message reply_to(const iso8583::Message& request);
    bool silent_to(const iso8583::Message& request);
    void post(const iso8583::Message& request);

    runtime::Clock& clock_;
    crypto::DesCipher tak_;
    std::vector<std::pair<std::string, std::int64_t>> approved_;
};

/// The countertop profile with some keys replaced (TOML).
std::shared_ptr<const TerminalSettings> settings(std::string_view overrides = "");
/// A file of fixtures/keys, by its name without ".toml".
config::Value pki_file(const std::string& name);

/// A terminal's surroundings, its operator and cardholder, and what the trace says of it. Which part of the
/// terminal stands in them is said by the class below.
class Scene {
  public:
    virtual ~Scene() = default;

    /// Runs until the terminal is idle.
    void until_idle();
    /// Runs until the terminal has asked for `what` once more than before.
    bool until_prompt(std::string_view what);
    bool until(trace::Kind kind, const std::function<bool(const trace::Event&)>& condition);
    void run_for(runtime::Duration duration);
    /// Runs so many steps of the clock; the cardholder takes the card when asked. False when the terminal was
    /// idle before: a loop over 1, 2, 3… steps has then met every moment of what it does.
    bool run_steps(std::uint64_t steps);

    void press(std::string_view keys);  ///< separated by blanks, 150 ms apart
    /// Chooses a function when the terminal is idle and answers these prompts as they come: digits, confirm.
    void start(Function function,
               std::initializer_list<std::pair<std::string_view, std::string_view>> answers);
    /// False when the terminal became idle without asking.
    bool until_prompt_or_idle(std::string_view what);
    /// Presses sale, types the amount in minor units and confirms.
    void start_sale(std::string_view minor = "1234");
    /// A whole stripe sale without a PIN; comes back when the terminal is idle.
    void stripe_sale();
    /// A whole chip sale; comes back when the terminal is idle.
    void chip_sale();

    std::vector<const trace::Event*> all(trace::Kind kind) const;
    const trace::Event& last(trace::Kind kind) const;
    int count(trace::Kind kind, std::string_view field, std::string_view value) const;
    bool shown(std::string_view text) const;
    /// What the terminal's journal says by its events: approved sales, minor units.
    std::int64_t book() const;
    /// The same with voids and refunds taken off.
    std::int64_t journal_book() const;
    bool reversal_pending() const;

    runtime::VirtualClock clock;
    trace::Recorder trace;
    ScriptedReader reader;
    ScriptedHost host;
    MemoryFlash flash;

  protected:
    Scene();

  private:
    virtual void push(std::string_view key) = 0;
    virtual void choose(Function function) = 0;
    virtual bool idle() const = 0;
    /// Nothing more will happen by itself.
    virtual bool ended() const = 0;
};

/// The payment application alone, one power cycle after the other.
class Rig : public Scene {
  public:
    explicit Rig(std::string_view overrides = "", std::uint64_t seed = 1);
    ~Rig() override { power_off(); }

    void power_on();
    void power_off();

    Device device{trace};
    std::unique_ptr<Application> application;

  private:
    void push(std::string_view key) override { application->press(key); }
    void choose(Function function) override { application->choose(function); }
    bool idle() const override { return application->idle(); }
    bool ended() const override { return job_.done(); }

    std::shared_ptr<const TerminalSettings> settings_;
    std::uint64_t seed_;
    runtime::Job job_;
};

inline constexpr std::string_view good_track = "6210948000000011=30121010000012345";
inline constexpr std::string_view chip_track = "6210948000000011=30122010000012345";

}  // namespace posbench::terminal::testing

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "drivers/card/signature_watch.hpp"
#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/protocols/emv/describe.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::card {

/// A command and its answer as a person reads them.
struct Exchange {
    std::string command;  ///< "GENERATE AC" (EMV book 3)
    std::string octets;   ///< the command's, header, Lc, data and Le with blanks between; of what is hidden
                          ///< in data one '*' an octet
    std::string asks;     ///< P1 and P2 in words: "record 1 of SFI 1"; may be empty
    emv::Lines data;
    emv::Lines response;
    std::optional<std::uint16_t> sw;  ///< none: the card gave no answer
    std::string sw_in_words;
};

/// Listens to a terminal and an EMV card and puts into words what passes. Any card's: it knows only what it
/// has heard. From the answers it learns whose application it is and the data object lists that say what is
/// in the commands after them.
class Dialogue {
  public:
    /// The public keys by which an application's dynamic signatures are right, one an algorithm; none when
    /// they are not known.
    using CardKeys = std::function<std::vector<crypto::PublicKey>(ByteView application)>;

    /// @param card_keys of listeners who know the card: answers then say whether 9F4B is right
    /// @param pans likewise: masked wherever they stand, also in what is not hidden by itself
    explicit Dialogue(emv::Secrets secrets, CardKeys card_keys = {}, std::vector<std::string> pans = {})
        : secrets_(secrets), card_keys_(std::move(card_keys)), pans_(std::move(pans)) {}

    /// The card was reset: everything heard so far is forgotten.
    void reset();
    /// An answer as the card gave it, or with octets that a fault changed, cut off or added: nobody can find
    /// in that what must be hidden.
    enum class Heard { as_given, altered };
    /// @param command,answer any octets; an `answer` of fewer than two has no status word. Of an altered one
    /// nothing but its length is told, unless all is told in clear
    Exchange hear(ByteView command, ByteView answer, Heard how = Heard::as_given);

    // What the card asks for, by what was heard since the last SELECT.
    const std::vector<emv::DolEntry>& pdol() const noexcept { return heard_.pdol; }
    /// The list that the next GENERATE AC answers: CDOL1, or CDOL2 after an ARQC.
    const std::vector<emv::DolEntry>& next_cdol() const noexcept {
        return heard_.asked_issuer ? heard_.cdol2 : heard_.cdol1;
    }
    /// What INTERNAL AUTHENTICATE answers: the unpredictable number alone, the terminal's default, where the
    /// card has no list (EMV book 2 clause 6.5.1).
    const std::vector<emv::DolEntry>& ddol() const noexcept { return heard_.ddol; }

    /// The last GENERATE AC gave an ARQC.
    bool asks_issuer() const noexcept { return heard_.asked_issuer; }
    /// What came with the last cryptogram; none before the first, nor where it stands inside a signature
    /// (CDA) that cannot be checked or is wrong.
    struct Cryptogram {
        std::uint16_t counter;  ///< 9F36
        Bytes octets;           ///< 9F26, eight
        bool with_sm = false;   ///< the terminal knows the SM algorithms: of two sides of a card this one's
    };
    const std::optional<Cryptogram>& cryptogram() const noexcept { return heard_.cryptogram; }
    /// The same of the transaction's first, which its scripts are tied to (EMV book 2 clause 9).
    const std::optional<Cryptogram>& first_cryptogram() const noexcept { return heard_.first_cryptogram; }
    /// The file locator (94); none before GET PROCESSING OPTIONS went well, empty where its answer had none.
    const std::optional<Bytes>& file_locator() const noexcept { return heard_.file_locator; }
    /// The AIP (82) of the last GET PROCESSING OPTIONS was heard and lacks "issuer authentication is
    /// supported" (EMV book 3 annex C1).
    bool lacks_issuer_authentication() const noexcept;
    /// ICC dynamic number (9F4C) of the transaction's last signature that was right by the card's public key.
    const std::optional<Bytes>& dynamic_number() const noexcept { return heard_.dynamic_number; }
    /// The identifier of the application selected; empty while none is.
    const Bytes& application() const noexcept { return heard_.application; }

  private:
    /// Command data in words, and as octets.
    struct Data {
        emv::Lines lines;
        std::string octets;
    };
    struct Memory {
        Bytes application;
        std::vector<emv::DolEntry> pdol, cdol1, cdol2, ddol{{0x9F37, 4}}, drdol;
        bool asked_issuer = false;  ///< the last GENERATE AC gave an ARQC
        std::optional<Cryptogram> cryptogram, first_cryptogram;
        std::optional<Bytes> file_locator, dynamic_number;
        Bytes profile;              ///< AIP
        std::uint8_t log_file = 0;  ///< SFI of the transaction log; 0: none was told
        std::vector<emv::DolEntry> log_format;
        std::vector<crypto::PublicKey> card_keys;
    };

    Exchange listen(ByteView command, ByteView answer, Heard how);
    void hide_pans(Exchange& exchange) const;
    emv::Reading reading() const noexcept { return {secrets_, emv::scheme_of(heard_.application)}; }
    void describe_command(Exchange& exchange, ByteView octets) const;
    Data describe_data(const emv::CommandApdu& command) const;
    Data describe_options(ByteView data) const;
    Data describe_dol_data(const std::vector<emv::DolEntry>& dol, ByteView data) const;
    Data plain(emv::Tag tag, ByteView data) const;
    Data withheld(ByteView data, std::string name) const;
    emv::Lines describe_answer(std::uint8_t instruction, ByteView data) const;
    Exchange hear_reader(ByteView command, ByteView answer) const;
    void note_question(ByteView octets);
    /// What is to be said of a signature in these data.
    emv::Lines learn(std::uint8_t instruction, ByteView data);
    void learn_options(const emv::TlvMap& objects);
    void learn_cryptogram(const emv::TlvMap& objects);
    /// The answer is a record of the transaction log, which is no BER-TLV.
    bool answers_log(std::uint8_t instruction) const noexcept;

    emv::Secrets secrets_;
    CardKeys card_keys_;
    std::vector<std::string> pans_;
    Memory heard_;
    SignatureWatch signatures_;
    std::uint8_t instruction_ = 0;  ///< the last but GET RESPONSE, which goes on with its answer
    std::uint8_t file_ = 0;         ///< of the last READ RECORD, its SFI
};

}  // namespace posbench::card

using System.Collections.Frozen;

namespace FhirOrchestrator.Fhir.Definitions.Digest;

/// <summary>
/// Codes that a required binding of R4 names but that its bundles do not hold: ISO 4217, the currencies.
/// </summary>
internal static class OutsideCodes
{
    /// <summary>The codes by system, with blanks between them.</summary>
    public static readonly FrozenDictionary<string, string> BySystem = new Dictionary<string, string>
    {
        ["urn:iso:std:iso:4217"] =
            "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP "
            + "BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB "
            + "EUR FJD FKP GBP GEL GGP GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS IMP INR IQD IRR ISK "
            + "JEP JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK "
            + "MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG "
            + "QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND "
            + "TOP TRY TTD TVD TWD TZS UAH UGX USD USN UYI UYU UZS VEF VND VUV WST XAF XAG XAU XBA XBB XBC XBD "
            + "XCD XDR XOF XPD XPF XPT XSU XTS XUA XXX YER ZAR ZMW ZWL",
    }.ToFrozenDictionary(StringComparer.Ordinal);
}

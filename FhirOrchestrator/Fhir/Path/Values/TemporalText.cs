namespace FhirOrchestrator.Fhir.Path.Values;

/// <summary>Reads dates, dateTimes and times as FHIR and FHIRPath write them.</summary>
internal static class TemporalText
{
    private const int FractionDigitsMax = 7;

    /// <summary>A value of the kind asked for, null where the text is none.</summary>
    public static Temporal? Read(ReadOnlySpan<char> text, TemporalKind kind)
    {
        if (kind == TemporalKind.Time)
        {
            return ReadTime(text, out var length) is { } clock && length == text.Length
                ? new Temporal(kind, clock.Ticks, clock.Precision, null, clock.Digits)
                : null;
        }

        if (ReadDate(text, out var dateLength) is not { } day)
        {
            return null;
        }

        var rest = text[dateLength..];
        if (rest.IsEmpty || (kind == TemporalKind.DateTime && rest is "T"))
        {
            return new Temporal(kind, day.Ticks, day.Precision, null, 0);
        }

        if (kind == TemporalKind.Date || rest[0] != 'T' || day.Precision != TemporalPrecision.Day)
        {
            return null;
        }

        if (ReadTime(rest[1..], out var timeLength) is not { } time
            || !ReadZone(rest[(1 + timeLength)..], out var offset))
        {
            return null;
        }

        return new Temporal(kind, day.Ticks + time.Ticks, time.Precision, offset, time.Digits);
    }

    private static (long Ticks, TemporalPrecision Precision)? ReadDate(ReadOnlySpan<char> text, out int length)
    {
        length = 4;
        if (Digits(text, 0, 4) is not { } year || year == 0)
        {
            return null;
        }

        var month = 1;
        var day = 1;
        var precision = TemporalPrecision.Year;
        if (text.Length > 4 && text[4] == '-')
        {
            if (Digits(text, 5, 2) is not (>= 1 and <= 12 and var readMonth))
            {
                return null;
            }

            (month, precision, length) = (readMonth, TemporalPrecision.Month, 7);
            if (text.Length > 7 && text[7] == '-')
            {
                if (Digits(text, 8, 2) is not { } readDay || readDay < 1 || readDay > DateTime.DaysInMonth(year, month))
                {
                    return null;
                }

                (day, precision, length) = (readDay, TemporalPrecision.Day, 10);
            }
        }

        return (new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Unspecified).Ticks, precision);
    }

    private static (long Ticks, TemporalPrecision Precision, int Digits)? ReadTime(
        ReadOnlySpan<char> text, out int length)
    {
        length = 2;
        if (Digits(text, 0, 2) is not (>= 0 and <= 23 and var hour))
        {
            return null;
        }

        var ticks = hour * TimeSpan.TicksPerHour;
        if (text.Length <= 2 || text[2] != ':')
        {
            return (ticks, TemporalPrecision.Hour, 0);
        }

        if (Digits(text, 3, 2) is not (>= 0 and <= 59 and var minute))
        {
            return null;
        }

        (ticks, length) = (ticks + (minute * TimeSpan.TicksPerMinute), 5);
        if (text.Length <= 5 || text[5] != ':')
        {
            return (ticks, TemporalPrecision.Minute, 0);
        }

        if (Digits(text, 6, 2) is not (>= 0 and <= 60 and var second))
        {
            return null;
        }

        length = 8;

        // A leap second is legal in FHIR; no calendar here has it, so it counts as the last second of its minute.
        ticks += Math.Min(second, 59) * TimeSpan.TicksPerSecond;
        if (text.Length <= 9 || text[8] != '.' || !char.IsAsciiDigit(text[9]))
        {
            return (ticks, TemporalPrecision.Second, 0);
        }

        var scale = TimeSpan.TicksPerSecond;
        var digits = 0;
        for (length = 9; length < text.Length && char.IsAsciiDigit(text[length]); length++)
        {
            if (digits < FractionDigitsMax)
            {
                scale /= 10;
                ticks += (text[length] - '0') * scale;
                digits++;
            }
        }

        return (ticks, TemporalPrecision.Fraction, digits);
    }

    private static bool ReadZone(ReadOnlySpan<char> text, out int? offsetMinutes)
    {
        offsetMinutes = null;
        if (text.IsEmpty)
        {
            return true;
        }

        if (text is "Z")
        {
            offsetMinutes = 0;
            return true;
        }

        if (text.Length != 6 || text[0] is not ('+' or '-') || text[3] != ':'
            || Digits(text, 1, 2) is not (>= 0 and <= 14 and var hours)
            || Digits(text, 4, 2) is not (>= 0 and <= 59 and var minutes))
        {
            return false;
        }

        offsetMinutes = ((hours * 60) + minutes) * (text[0] == '-' ? -1 : 1);
        return true;
    }

    private static int? Digits(ReadOnlySpan<char> text, int start, int count)
    {
        if (text.Length < start + count)
        {
            return null;
        }

        var number = 0;
        foreach (var each in text.Slice(start, count))
        {
            if (!char.IsAsciiDigit(each))
            {
                return null;
            }

            number = (number * 10) + (each - '0');
        }

        return number;
    }
}

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>
/// The forms of date, dateTime, instant and time (R4, datatypes), and that the day exists in its month. Second 60 is
/// a leap second.
/// </summary>
internal static class TemporalForm
{
    public static bool IsDate(ReadOnlySpan<char> text) => DateLength(text) == text.Length;

    public static bool IsDateTime(ReadOnlySpan<char> text) =>
        DateLength(text) == text.Length || IsInstant(text);

    public static bool IsInstant(ReadOnlySpan<char> text) =>
        text.Length >= 20 && DateLength(text[..10]) == 10 && text[10] == 'T'
        && TimeLength(text[11..]) is var time && time > 0 && IsZone(text[(11 + time)..]);

    public static bool IsTime(ReadOnlySpan<char> text) =>
        TimeLength(text) is var time && time > 0 && time == text.Length;

    // The length of YYYY, YYYY-MM or YYYY-MM-DD; -1 where it is none of them.
    private static int DateLength(ReadOnlySpan<char> text)
    {
        if (text.Length is not (4 or 7 or 10) || Number(text[..4]) is not (> 0 and var year))
        {
            return -1;
        }

        if (text.Length == 4)
        {
            return 4;
        }

        if (text[4] != '-' || Number(text.Slice(5, 2)) is not (>= 1 and <= 12 and var month))
        {
            return -1;
        }

        if (text.Length == 7)
        {
            return 7;
        }

        return text[7] == '-' && Number(text.Slice(8, 2)) is >= 1 and var day
            && day <= DateTime.DaysInMonth(year, month)
            ? 10
            : -1;
    }

    // The length of hh:mm:ss and its fraction; -1 where it is no time.
    private static int TimeLength(ReadOnlySpan<char> text)
    {
        if (text.Length < 8 || text[2] != ':' || text[5] != ':'
            || Number(text[..2]) is not (>= 0 and <= 23)
            || Number(text.Slice(3, 2)) is not (>= 0 and <= 59)
            || Number(text.Slice(6, 2)) is not (>= 0 and <= 60))
        {
            return -1;
        }

        if (text.Length == 8 || text[8] != '.')
        {
            return 8;
        }

        var end = text[9..].IndexOfAnyExceptInRange('0', '9') is var stop && stop < 0 ? text.Length : 9 + stop;
        return end == 9 ? -1 : end;
    }

    private static bool IsZone(ReadOnlySpan<char> text)
    {
        if (text is "Z")
        {
            return true;
        }

        return text.Length == 6 && text[0] is '+' or '-' && text[3] == ':'
            && Number(text.Slice(1, 2)) is >= 0 and <= 14 and var hours
            && Number(text.Slice(4, 2)) is >= 0 and <= 59 and var minutes
            && (hours < 14 || minutes == 0);
    }

    // The number that digits make; -1 where one is no digit.
    private static int Number(ReadOnlySpan<char> digits)
    {
        var number = 0;
        foreach (var each in digits)
        {
            if (!char.IsAsciiDigit(each))
            {
                return -1;
            }

            number = (number * 10) + each - '0';
        }

        return number;
    }
}

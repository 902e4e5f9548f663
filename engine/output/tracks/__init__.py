"""What a written video carries beside its pictures: sound, subtitles, tags."""

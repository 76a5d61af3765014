UPDATE maintenance SET cleaned_up_at = 1;

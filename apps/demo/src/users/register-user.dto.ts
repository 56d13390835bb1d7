import { Transform } from 'class-transformer';
import { IsEmail, IsString, IsStrongPassword, Length, MaxLength } from 'class-validator';

const withoutCase = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' ? value.trim().toLowerCase() : value;

/** What a client sends. It holds the password, so it goes no further than the controller. */
export class RegisterUserDto {
  @IsEmail()
  @MaxLength(254)
  @Transform(withoutCase)
  email!: string;

  @IsString()
  @Length(1, 100)
  firstName!: string;

  @IsString()
  @Length(1, 100)
  lastName!: string;

  @IsStrongPassword({ minLength: 8 })
  @MaxLength(200)
  password!: string;
}

-- AlterTable
ALTER TABLE "Volume" ADD COLUMN "imageName" TEXT;

-- AlterTable
ALTER TABLE "UnknownVolume" ADD COLUMN "imageName" TEXT;
